"""Event Grid's word that a job has ended: its watcher looks at once. The look is the truth, the event a shortcut."""

import logging
from typing import Annotated, Any

import azure.durable_functions as df
import azure.functions as func
from pydantic import BaseModel, StringConstraints, ValidationError

from functions.instances import wake
from shared.messages import Name, Pipeline

LOG = logging.getLogger(__name__)

blueprint = df.Blueprint()


@blueprint.event_grid_trigger(arg_name="event")
@blueprint.durable_client_input(client_name="client")
async def job_completed(event: func.EventGridEvent, client: Any) -> None:
    """Wake the watcher of a job that has ended; an event about another's job is left alone."""
    try:
        tags = _Data.model_validate(event.get_json()).runTags
    except ValidationError:
        return
    woken = await wake(client, f"{tags.run}.{tags.cell}.{tags.pipeline}")
    LOG.info("%s of %s has ended%s", tags.pipeline, tags.cell, "" if woken else ", as was known")


class _Tags(BaseModel):
    """What tells our jobs from those of others in the same workspace."""

    run: Name
    cell: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$", max_length=200)]
    pipeline: Pipeline


class _Data(BaseModel):
    runTags: _Tags  # noqa: N815 - the name that Azure ML gives
