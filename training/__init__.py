"""Forecasting: panel, features, models, evaluation, pipeline steps. No Azure SDK is loaded here."""
