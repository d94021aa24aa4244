"""The data scientist's bench: prepare panels, try candidates, tune, evaluate, compare. `python -m training --help`."""
