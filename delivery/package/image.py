"""The image of the steps as a folder to build from: the Dockerfile with its base by digest, and the hashed list.

The digest is asked of the registry where the image is built; it cannot be known here. Building is not here.
"""

import hashlib
import json
import re
from pathlib import Path

from delivery.package.errors import PackageError

SOURCE = "training/environment"
FILES = ("Dockerfile", "requirements.txt")
_BASE = re.compile(r"^ARG BASE=(?P<base>\S+)$", re.MULTILINE)
_DIGEST = re.compile(r"[\w./:-]+@sha256:[0-9a-f]{64}")


def write_image(root: Path, target: Path, base: str) -> dict[str, str]:
    """Write the folder, and image.json with what it is made of; returns that.

    Parameters
    ----------
    root, target : Path
    base : str
        Such as ``python:3.11-slim-bookworm@sha256:...``, of the tag that the Dockerfile names; from any registry.

    Raises
    ------
    PackageError
        If the base has no digest, or is another image.
    """
    dockerfile = (root / SOURCE / "Dockerfile").read_text()
    tag = default_base(dockerfile)
    # Whichever registry gives it: the public one, or a copy of it beside the image.
    if not _DIGEST.fullmatch(base) or not f"/{base.partition('@')[0]}".endswith(f"/{tag}"):
        raise PackageError(
            f"{base} is not {tag} by digest. Ask for it where the image is built: "
            f"docker buildx imagetools inspect {tag} --format '{{{{.Manifest.Digest}}}}', and give {tag}@sha256:..."
        )
    contents = {name: (root / SOURCE / name).read_bytes() for name in FILES}
    contents["Dockerfile"] = _BASE.sub(f"ARG BASE={base}", dockerfile, count=1).encode()
    about = {"base": base} | {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    contents["image.json"] = json.dumps(about, indent=1).encode() + b"\n"
    target.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (target / name).write_bytes(content)
    return about


def default_base(dockerfile: str) -> str:
    """Return the image that a Dockerfile starts from, without digest; raises PackageError where it names none."""
    found = _BASE.search(dockerfile)
    if not found:
        raise PackageError("training/environment/Dockerfile has no line ARG BASE=. Name its base there.")
    return found["base"].partition("@")[0]
