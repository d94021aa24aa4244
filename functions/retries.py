"""How often an activity is tried again before its failure counts."""

import azure.durable_functions as df

RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=5_000, max_number_of_attempts=4)
PATIENT = df.RetryOptions(first_retry_interval_in_milliseconds=30_000, max_number_of_attempts=6)
"""For calls to Azure ML, which may be busy or away for minutes."""
