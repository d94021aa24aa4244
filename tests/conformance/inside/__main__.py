"""Proves the package under the platform's Python and worker library; started by tests.conformance, in a bare process.

Indexing comes first, before anything of the app is imported here, so that it is measured as on a cold start.
"""

import argparse
import importlib.util
import sys
from pathlib import Path

HEAVY = (
    "sklearn",
    "torch",
    "mlflow",
    "lightgbm",
    "pandas",
    "sqlalchemy",
    "azure.ai.ml",
    "azure.storage.blob",
)
STRANGERS = ("local", "tests", "infra", "benchmarks")


def main() -> int:
    """Prove, print, and return the exit code."""
    given = _arguments()
    sys.path.insert(0, str(given.package))
    from proof import Proof

    proof = Proof(package=given.package, work=given.work, raw=given.raw)
    faults = [f"{name} is on the path; the package does not hold it" for name in STRANGERS if _there(name)]
    faults += proof.index(HEAVY)
    faults += proof.compare(given.snapshot, update=given.update)
    faults += proof.invoke_all()
    faults += proof.import_all()
    faults += proof.warnings_of_ours()
    print(f"{len(faults)} faults" if faults else "all is as agreed", flush=True)
    for fault in faults:
        print(f"FAULT: {fault}", file=sys.stderr)
    return 1 if faults else 0


def _there(name: str) -> bool:
    """Whether a package can be imported that no installed distribution brings along."""
    found = importlib.util.find_spec(name)
    places = list(found.submodule_search_locations or []) if found else []
    return any(not Path(place).is_relative_to(sys.prefix) for place in places)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("package", "work", "raw", "snapshot"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--update", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
