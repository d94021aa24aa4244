"""Algorithms that can be tried on a slot, by name; how they are judged and ranked is in `training.workbench`."""
