"""A slot's model as a folder: JSON and safetensors, never pickle, with the SHA-256 of every file in its manifest.

manifest.json        schema, features, and the digests of the other two
model.json           settings, vocabularies, ensemble, shapes
arrays.safetensors   scaling, LASSO and network weights
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
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
from training.members import Encoder, Linear, Members
from training.models.ensemble import Ensemble
from training.models.lasso import LassoModel, Layer, Penalty
from training.models.network import EmbeddingNetwork
from training.models.scaling import Scaler
from training.slot import SlotModel

SCHEMA = 1
MANIFEST, MODEL, ARRAYS = "manifest.json", "model.json", "arrays.safetensors"
NETWORK = "network."
SCALER = ("mean", "spread")
Array = np.ndarray[Any, Any]


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
    members = model.members
    return {
        "settings": model.settings.model_dump(mode="json"),
        "vocabularies": [[name, list(names)] for name, names in members.encoder.vocabularies.names.items()],
        "ensemble": model.ensemble.to_json(),
        "network": members.network.sizes,
        "lasso": {
            "penalty": asdict(members.linear.lasso.penalty),
            "intercept": members.linear.lasso.intercept,
            "factor": members.linear.factor,
            "layers": [layer.column for layer in members.linear.lasso.layers],
        },
        "trained_until": model.trained_until,
        "n_rows": model.n_rows,
    }


def _arrays(members: Members) -> dict[str, Array]:
    arrays = {NETWORK + name: tensor.numpy() for name, tensor in members.network.state_dict().items()}
    for name in SCALER:
        arrays[f"scaler.{name}"] = getattr(members.encoder.scaler, name)
    arrays["lasso.weights"] = members.linear.lasso.weights
    for layer in members.linear.lasso.layers:
        arrays[f"lasso.{layer.column}.weights"] = layer.weights
        arrays[f"lasso.{layer.column}.intercepts"] = layer.intercepts
    return arrays


def _rebuild(described: dict[str, Any], arrays: dict[str, Array], features: tuple[str, ...]) -> SlotModel:
    settings = Forecasting.model_validate(described["settings"])
    vocabularies = Vocabularies(names={name: tuple(names) for name, names in described["vocabularies"]})
    members = Members(
        features=features,
        encoder=Encoder(
            vocabularies=vocabularies, scaler=Scaler(**{name: arrays[f"scaler.{name}"] for name in SCALER})
        ),
        linear=_rebuild_linear(settings, described["lasso"], arrays),
        network=_rebuild_network(described["network"], vocabularies, arrays),
    )
    return SlotModel(
        settings=settings, members=members, ensemble=Ensemble(**described["ensemble"]),
        trained_until=described["trained_until"], n_rows=described["n_rows"],
    )  # fmt: skip


def _rebuild_linear(settings: Forecasting, described: dict[str, Any], arrays: dict[str, Array]) -> Linear:
    layers = tuple(
        Layer(column=c, weights=arrays[f"lasso.{c}.weights"], intercepts=arrays[f"lasso.{c}.intercepts"])
        for c in described["layers"]
    )
    lasso = LassoModel(
        weights=arrays["lasso.weights"],
        intercept=described["intercept"],
        layers=layers,
        penalty=Penalty(**described["penalty"]),
    )
    return Linear(objective=settings.objective, lasso=lasso, factor=described["factor"])


def _rebuild_network(
    sizes: dict[str, Any], vocabularies: Vocabularies, arrays: dict[str, Array]
) -> EmbeddingNetwork:
    network = EmbeddingNetwork(
        n_features=sizes["n_features"],
        cardinalities=vocabularies.cardinalities,
        hidden=tuple(sizes["hidden"]),
    )
    weights = {
        k.removeprefix(NETWORK): torch.as_tensor(v) for k, v in arrays.items() if k.startswith(NETWORK)
    }
    network.load_state_dict(weights)
    return network.eval()
