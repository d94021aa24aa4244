"""Measurements against peers and against the machine; each module says what it measures and writes build/benchmarks."""
