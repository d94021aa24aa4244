"""Traces, metrics and logs behind one switch: off, console or Azure."""
