"""A slot's model as a folder: JSON and safetensors, never pickle, with the SHA-256 of every file in its manifest.

manifest.json        schema, features, and the digests of the other two
model.json           settings, vocabularies, ensemble, shapes
arrays.safetensors   scaling, LASSO and network weights
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from shared.errors import BundleRefused
from shared.profile import Forecasting
from training.categories import Vocabularies
from training.members import Members
from training.models.ensemble import Ensemble
from training.models.lasso import LassoModel
from training.models.network import EmbeddingNetwork
from training.models.scaling import Scaler
from training.slot import SlotModel

SCHEMA = 1
MANIFEST, MODEL, ARRAYS = "manifest.json", "model.json", "arrays.safetensors"
NETWORK = "network."


def save(model: SlotModel, folder: Path) -> str:
    """Write the bundle; the same model gives the same bytes.

    Returns
    -------
    str
        SHA-256 of the manifest, which identifies the bundle.
    """
    folder.mkdir(parents=True, exist_ok=True)
    contents = {MODEL: _to_bytes(_describe(model)), ARRAYS: save_arrays(_arrays(model.members))}
    files = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    contents[MANIFEST] = _to_bytes({"schema": SCHEMA, "features": model.members.features, "files": files})
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return hashlib.sha256(contents[MANIFEST]).hexdigest()


def load(folder: Path, *, features: Sequence[str]) -> SlotModel:
    """Read a bundle whose features are exactly those that the data at hand give.

    Parameters
    ----------
    folder : Path
    features : sequence of str
        See `training.features.design.feature_names`.

    Raises
    ------
    BundleRefused
        If a file is missing or altered, or schema or features differ.
    """
    manifest = json.loads(_read(folder, MANIFEST, None))
    if manifest.get("schema") != SCHEMA:
        raise BundleRefused(f"{folder}: {manifest.get('schema')=}, this code reads {SCHEMA}")
    if list(features) != manifest["features"]:
        raise BundleRefused(
            f"{folder}: made for other features: {sorted(set(features) ^ set(manifest['features']))}"
        )
    described = json.loads(_read(folder, MODEL, manifest["files"][MODEL]))
    try:
        arrays = load_arrays(_read(folder, ARRAYS, manifest["files"][ARRAYS]))
        return _rebuild(described, arrays, tuple(features))
    except (SafetensorError, KeyError, RuntimeError) as exc:
        raise BundleRefused(f"{folder}: its arrays do not fit its description: {exc}") from exc


def _read(folder: Path, name: str, digest: str | None) -> bytes:
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError as exc:
        raise BundleRefused(f"{folder}: no {name}") from exc
    if digest is not None and hashlib.sha256(content).hexdigest() != digest:
        raise BundleRefused(f"{folder}: {name} is not what the manifest says; it was damaged or altered")
    return content


def _to_bytes(value: object) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).encode()


def _describe(model: SlotModel) -> dict[str, Any]:
    network = model.members.network
    return {
        "settings": model.settings.model_dump(mode="json"),
        "vocabularies": [[column, list(names)] for column, names in model.members.vocabularies.names.items()],
        "ensemble": model.ensemble.to_json(),
        "network": network.sizes,
        "alpha": model.members.lasso.alpha,
        "trained_until": model.trained_until,
        "n_rows": model.n_rows,
    }


def _arrays(members: Members) -> dict[str, np.ndarray[Any, Any]]:
    state = {NETWORK + name: tensor.numpy() for name, tensor in members.network.state_dict().items()}
    return state | {
        "scaler.mean": members.scaler.mean,
        "scaler.spread": members.scaler.spread,
        "lasso.weights": members.lasso.weights,
        "lasso.intercepts": members.lasso.intercepts,
        "lasso.fitted": members.lasso.fitted.astype(np.uint8),
    }


def _rebuild(described: dict[str, Any], arrays: dict[str, Any], features: tuple[str, ...]) -> SlotModel:
    settings = Forecasting.model_validate(described["settings"])
    vocabularies = Vocabularies(names={column: tuple(names) for column, names in described["vocabularies"]})
    ensemble = described["ensemble"]
    members = Members(
        objective=settings.objective, features=features, vocabularies=vocabularies,
        scaler=Scaler(mean=arrays["scaler.mean"], spread=arrays["scaler.spread"]),
        lasso=LassoModel(
            weights=arrays["lasso.weights"], intercepts=arrays["lasso.intercepts"],
            fitted=arrays["lasso.fitted"].astype(bool), alpha=described["alpha"],
        ),
        network=_rebuild_network(described["network"], vocabularies, arrays),
    )  # fmt: skip
    return SlotModel(
        settings=settings, members=members, ensemble=Ensemble(**{**ensemble, "factors": tuple(ensemble["factors"])}),
        trained_until=described["trained_until"], n_rows=described["n_rows"],
    )  # fmt: skip


def _rebuild_network(
    sizes: dict[str, Any], vocabularies: Vocabularies, arrays: dict[str, Any]
) -> EmbeddingNetwork:
    network = EmbeddingNetwork(
        n_features=sizes["n_features"], cardinalities=vocabularies.cardinalities,
        hidden=tuple(sizes["hidden"]), dropout=sizes["dropout"],
    )  # fmt: skip
    weights = {
        k.removeprefix(NETWORK): torch.as_tensor(v) for k, v in arrays.items() if k.startswith(NETWORK)
    }
    network.load_state_dict(weights)
    return network.eval()
