"""Triggers of the Function app: each parses, makes one call, and maps one error. The work is in shared and monitor."""
