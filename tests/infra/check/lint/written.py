"""Small files of Bicep, and what the lint says of them."""

from pathlib import Path

from infra.check.lint import lint
from infra.check.model import Fault
from infra.check.syntax import parse_text
from infra.check.syntax.nodes import File

SITE = "resource site 'Microsoft.Web/sites@2025-03-01' = {\n  name: 'n'\n}\n"
VAULT = "resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {\n  name: 'v'\n}\n"


def read(text: str, path: str = "main.bicep") -> File:
    file = parse_text(text, Path(path))
    assert file.faults == ()
    return file


def faults(text: str, **others: str) -> list[Fault]:
    """Lint main.bicep and other files: `part` is part.bicep, `dev_bicepparam` is dev.bicepparam."""
    files = [read(text)]
    for name, written in others.items():
        path = name.replace("_", ".") if "_" in name else f"{name}.bicep"
        files.append(read(written, path))
    return lint(files)


def told(text: str, **others: str) -> list[str]:
    return [f"{fault.place.line} {fault.rule}" for fault in faults(text, **others)]


def remedy(text: str, **others: str) -> str:
    [fault] = faults(text, **others)
    return fault.remedy


def param(name: str = "a", kind: str = "string", said: str = "Required. A.", default: str = "") -> str:
    return f"@description('{said}')\nparam {name} {kind}{default and ' = ' + default}\n"


def output(value: str, kind: str = "string") -> str:
    return f"@description('It.')\noutput it {kind} = {value}\n"
