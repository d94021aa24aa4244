import hashlib
import json
import re

import pytest

from delivery.package.errors import PackageError
from delivery.package.image import default_base, write_image
from shared.settings import ROOT

DOCKERFILE = (ROOT / "training" / "environment" / "Dockerfile").read_text()
DIGEST = "sha256:" + "0123456789abcdef" * 4


def test_the_image_is_built_from_a_digest(tmp_path):
    base = f"{default_base(DOCKERFILE)}@{DIGEST}"
    about = write_image(ROOT, tmp_path, base)
    written = (tmp_path / "Dockerfile").read_text()
    assert written == DOCKERFILE.replace(f"ARG BASE={default_base(DOCKERFILE)}\n", f"ARG BASE={base}\n")
    assert json.loads((tmp_path / "image.json").read_text()) == about
    assert about["Dockerfile"] == hashlib.sha256(written.encode()).hexdigest()
    assert (tmp_path / "requirements.txt").read_bytes() == (
        ROOT / "training" / "environment" / "requirements.txt"
    ).read_bytes()


@pytest.mark.parametrize("registry", ["docker.io/library/", "ours.azurecr.io/"])
def test_the_same_base_gives_the_same_folder_whichever_registry_has_it(tmp_path, registry):
    base = f"{registry}{default_base(DOCKERFILE)}@{DIGEST}"
    assert write_image(ROOT, tmp_path / "a", base) == write_image(ROOT, tmp_path / "b", base)
    assert f"ARG BASE={base}\n" in (tmp_path / "a" / "Dockerfile").read_text()


@pytest.mark.parametrize(
    "base",
    [
        "python:3.11-slim-bookworm",
        f"python:latest@{DIGEST}",
        f"jpython:3.11-slim-bookworm@{DIGEST}",
        "python:3.11-slim-bookworm@sha256:12",
    ],
)
def test_a_base_without_digest_or_of_another_tag_is_refused_with_the_remedy(tmp_path, base):
    with pytest.raises(PackageError, match="imagetools inspect python:3"):
        write_image(ROOT, tmp_path, base)
    assert not list(tmp_path.iterdir())


def test_the_dockerfile_takes_its_base_as_an_argument_and_installs_by_hash():
    assert re.search(r"^ARG BASE=python:3\.11-\S+\nFROM \$\{BASE\}$", DOCKERFILE, re.MULTILINE)
    assert (
        "pip install --require-hashes --only-binary :all: --requirement /tmp/requirements.txt" in DOCKERFILE
    )
    with pytest.raises(PackageError, match="ARG BASE="):
        default_base("FROM python:3.11\n")
