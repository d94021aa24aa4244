"""Rules that hold the resources against code, pipelines and queries. How resources are set up is in policies."""
