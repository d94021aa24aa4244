"""A worker process: imports the app once, runs what the host sends, and lives no longer than the host.

How the host starts and replaces workers is not here, see local.host.workers.
"""

import asyncio
import logging
import os
import sys
import threading
import traceback
from multiprocessing.connection import Connection

from local.host.invocations import READY, Invocation
from local.host.invoker import Invoker
from local.host.registry import load_functions, load_object


def main(descriptor: int, app: str, prepare: str) -> None:
    """Serve invocations from a connection until it closes, which it does whatever ends the host."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("azure").setLevel(logging.WARNING)
    connection: Connection = Connection(descriptor)
    try:
        if prepare:
            load_object(prepare)()
        invoker = Invoker(load_functions(app))
    except Exception:
        connection.send(traceback.format_exc())
        raise
    connection.send(READY)
    asyncio.run(_serve(connection, invoker))


async def _serve(connection: Connection, invoker: Invoker) -> None:
    loop = asyncio.get_running_loop()
    running: set[asyncio.Task[None]] = set()

    async def run(invocation: Invocation) -> None:
        connection.send(await invoker.run(invocation))

    def start(invocation: Invocation) -> None:
        task = loop.create_task(run(invocation))
        running.add(task)
        task.add_done_callback(running.discard)

    def receive() -> None:
        try:
            while True:
                loop.call_soon_threadsafe(start, connection.recv())
        except (EOFError, OSError):
            os._exit(0)

    threading.Thread(target=receive, daemon=True).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
