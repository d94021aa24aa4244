"""The fingerprint of the code that results depend on. What is made of it is not here."""

import hashlib
import json
from functools import cache
from pathlib import Path

from shared.errors import ShelfcastError

ROOT = Path(__file__).resolve().parents[1]


@cache
def code_fingerprint(root: Path = ROOT) -> str:
    """Fingerprint the training package, the profile and the standard tables.

    Raises
    ------
    ShelfcastError
        If the code does not lie below the root.
    """
    training = sorted((root / "training").rglob("*.py"))
    if not training:
        raise ShelfcastError(f"{root} has no training package. Deploy training/ beside shared/.")
    files = sorted([*training, *(root / "shared" / "profile").glob("*.py"), root / "shared" / "schemas.py"])
    content = [[path.relative_to(root).as_posix(), path.read_text()] for path in files]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:24]
