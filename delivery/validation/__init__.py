"""Model validation: of data, training and scoring; on the sample with few epochs, or against a running app."""
