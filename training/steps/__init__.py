"""Pipeline steps: each a program that reads folders, writes a folder, and leaves a step_report.json."""
