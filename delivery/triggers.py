"""What a run is started for, as the one who calls a word says it."""

import argparse
import os
from typing import Literal, get_args

Trigger = Literal["code", "data", "stale", "demand"]
VARIABLE = "SHELFCAST_TRIGGER"


def add_trigger(parser: argparse.ArgumentParser) -> None:
    """Declare the argument."""
    parser.add_argument(
        "--trigger",
        choices=get_args(Trigger),
        default=os.environ.get(VARIABLE) or "code",
        help=f"what it is done for, as runs record it; {VARIABLE} or code where not given",
    )
