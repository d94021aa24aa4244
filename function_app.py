"""The Function app: every trigger, by its blueprint. What they do is in functions/."""

import azure.durable_functions as df
import azure.functions as func

from functions import (
    activities,
    arrivals,
    azure_ml_job,
    callback,
    conditioning,
    events,
    replay,
    starters,
    timers,
    weekly_run,
)

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
for part in (
    conditioning,
    starters,
    events,
    timers,
    arrivals,
    weekly_run,
    azure_ml_job,
    replay,
    callback,
    activities,
):
    app.register_functions(part.blueprint)
