"""`python -m training`: see `training.workbench.cli`."""

import os
import sys


def main() -> int:
    """Run the command line on one thread, unless the environment says otherwise.

    Threads that fight for the cores cost tenfold; work is spread over processes. Libraries read this when they load.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from training.workbench import cli

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
