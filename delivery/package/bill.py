"""The bill of materials: CycloneDX 1.6 as JSON, of what is pinned and whoever needs it. Licences are not here.

It has no serial number and no time, so that the same lists give the same bytes.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from delivery.package.archive import Manifest
from delivery.package.build import Parcel
from delivery.package.errors import PackageError
from delivery.package.locks import DIRECT, Locked


def bill(manifest: Manifest, packages: Sequence[Locked]) -> bytes:
    """Return the bill of a package and all that is installed for it; raises PackageError where it is not valid.

    Parameters
    ----------
    manifest : Manifest
        Of the package; its digest ties the bill to it.
    packages : sequence of Locked
    """
    value = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": _package(manifest)},
        "components": [_component(package) for package in packages],
        "dependencies": _dependencies(manifest, packages),
    }
    text = json.dumps(value, indent=1) + "\n"
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if fault:
        raise PackageError(
            f"the bill of {manifest.name} is not CycloneDX 1.6: {fault}. Mend delivery/package/bill.py."
        )
    return text.encode()


def write_bill(folder: Path, parcel: Parcel, packages: Sequence[Locked]) -> Path:
    """Write the bill beside a package."""
    path = folder / f"{parcel.name}.cdx.json"
    path.write_bytes(bill(Manifest.read(folder / parcel.manifest), packages))
    return path


def _package(manifest: Manifest) -> dict[str, Any]:
    return {
        "type": "application",
        "bom-ref": _root(manifest),
        "name": f"shelfcast-{manifest.name}",
        "version": manifest.version,
        "hashes": [{"alg": "SHA-256", "content": manifest.sha256}],
    }


def _root(manifest: Manifest) -> str:
    return f"shelfcast-{manifest.name}@{manifest.version}"


def _component(package: Locked) -> dict[str, Any]:
    """Describe a package; its files, of which a machine installs one, are its distribution."""
    described: dict[str, Any] = {
        "type": "library",
        "bom-ref": _purl(package),
        "name": package.name,
        "version": package.version,
        "purl": _purl(package),
    }
    if package.hashes:
        described["externalReferences"] = [
            {
                "type": "distribution",
                "url": f"https://pypi.org/project/{package.name}/{package.version}/",
                "hashes": [{"alg": "SHA-256", "content": digest} for digest in package.hashes],
            }
        ]
    return described


def _purl(package: Locked) -> str:
    return f"pkg:pypi/{package.name}@{package.version}"


def _dependencies(manifest: Manifest, packages: Sequence[Locked]) -> list[dict[str, Any]]:
    needs = {DIRECT: _root(manifest)} | {package.name: _purl(package) for package in packages}
    needed: dict[str, list[str]] = {reference: [] for reference in needs.values()}
    for package in packages:
        for name in package.needed_by:
            needed[needs[name]].append(_purl(package))
    return [{"ref": reference, "dependsOn": found} for reference, found in needed.items()]
