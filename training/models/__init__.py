"""The members of the ensemble, and the baselines."""
