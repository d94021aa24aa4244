"""One machine instead of Azure: the folder store, the simulator, the run, the command line. Nothing imports this."""
