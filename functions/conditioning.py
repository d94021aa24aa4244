"""A blob trigger per source of the profile: a raw file that arrives is conditioned, once per content.

A file on which conditioning breaks down again and again is set aside as a whole. How a file is conditioned is in
shared.conditioning.
"""

import asyncio
import logging
import os
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from functions.arrivals import announce
from functions.bootstrap import edges
from functions.recording import alert, operation, record
from shared import telemetry
from shared.errors import BlobMissing
from shared.profile import load_profile
from shared.settings import ROOT, profile_path

LOG = logging.getLogger(__name__)
POISON_QUEUE = "webjobs-blobtrigger-poison"
PREFIX = "condition_"

blueprint = df.Blueprint()


def _register(source: str) -> None:
    @blueprint.function_name(PREFIX + source)
    @blueprint.blob_trigger(
        arg_name="blob",
        path=f"raw/{source}/{{name}}",
        connection="LakeStorage",
        source=func.BlobSource.EVENT_GRID,
    )
    @blueprint.durable_client_input(client_name="client")
    async def condition(blob: func.InputStream, client: Any, context: func.Context) -> None:
        operation_id = operation_of(context)
        await asyncio.to_thread(condition_and_record, source, str(blob.name), operation_id)
        await announce(client, operation_id)


for _source in load_profile(ROOT / profile_path(os.environ)).sources:
    _register(_source)


@blueprint.queue_trigger(arg_name="message", queue_name=POISON_QUEUE, connection="LakeStorage")
@blueprint.durable_client_input(client_name="client")
async def quarantine_poison(message: func.QueueMessage, client: Any, context: func.Context) -> None:
    """Set a raw file aside that could not be conditioned, and say so.

    The host puts its message into a queue of the account that the file lies in, which is not the host's own.
    """
    operation_id = operation_of(context)
    await asyncio.to_thread(give_up_and_record, message.get_json(), operation_id)
    await announce(client, operation_id)


def condition_and_record(source: str, path: str, operation_id: str, *, again: bool = False) -> None:
    """Condition a raw file and record it; one that is gone by now has nothing to say."""
    from shared.lake.intake import condition_blob

    with operation(PREFIX + source, operation_id):
        try:
            receipt = condition_blob(edges().lake, source, path, again=again)
        except BlobMissing:
            LOG.warning("%s is gone before it was conditioned", path)
            return
        record("file_conditioned", receipt)


def give_up_and_record(message: dict[str, Any], operation_id: str) -> None:
    """Set the file of a poison message aside."""
    from shared.lake.intake import give_up

    source = str(message["FunctionId"]).rpartition(".")[2].removeprefix(PREFIX)
    path = f"{message['ContainerName']}/{message['BlobName']}"
    with operation("quarantine_poison", operation_id):
        detail = "conditioning failed on every attempt; see the log, mend the cause, and replay the source"
        LOG.error("%s: %s", path, detail)
        alert("poison", path, detail)  # first: what broke conditioning down may break this down, too
        receipt = give_up(edges().lake, source, path, detail)
        if receipt:
            record("file_conditioned", receipt)


def operation_of(context: func.Context) -> str:
    """Return the id that ties together everything that follows from this invocation."""
    return telemetry.operation_id_of(context.trace_context.trace_parent)
