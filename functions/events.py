"""Event Grid's word that a job has ended: its watcher looks at once. The look is the truth, the event a shortcut."""

import logging
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from functions.instances import wake

LOG = logging.getLogger(__name__)

blueprint = df.Blueprint()


@blueprint.event_grid_trigger(arg_name="event")
@blueprint.durable_client_input(client_name="client")
async def job_completed(event: func.EventGridEvent, client: Any) -> None:
    """Wake the watcher of a job that has ended; an event about another's job is left alone."""
    tags = event.get_json().get("runTags") or {}
    if {"run", "cell", "pipeline"} <= tags.keys():
        woken = await wake(client, f"{tags['run']}.{tags['cell']}.{tags['pipeline']}")
        LOG.info("%s of %s has ended%s", tags["pipeline"], tags["cell"], "" if woken else ", as was known")
