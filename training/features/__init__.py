"""Features by family; `training.features.design` puts them together."""
