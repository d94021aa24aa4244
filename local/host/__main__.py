"""A host as a process of its own: `python -m local.host --app function_app:app --folder build/host`.

It says in a line of JSON where it is, and runs until it is told to stop. Storage and jobs are not here: see
`python -m local up`.
"""

import argparse
import json
import logging
import signal
import sys
import threading
from pathlib import Path

from local.host.errors import HostError
from local.host.host import serve
from local.host.options import HostOptions


def main() -> int:
    """Run a host until SIGINT or SIGTERM; 1 = it cannot start."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with serve(_options()) as host:
            told = {"url": host.url, "headers": host.headers, "workers": host.worker_pids}
            print(json.dumps(told), flush=True)
            stop.wait()
    except HostError as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


def _options() -> HostOptions:
    parser = argparse.ArgumentParser(prog="python -m local.host", description="A Functions host.")
    parser.add_argument("--app", default="function_app:app", help="path of the app")
    parser.add_argument("--folder", type=Path, required=True, help="receipts, task hub, keys")
    parser.add_argument("--port", type=int, default=7071, help="0 = a free one")
    parser.add_argument("--workers", type=int, default=2, help="processes; 0 = in this one")
    parser.add_argument("--prepare", default="", help="path of a function that workers call first")
    return HostOptions(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
