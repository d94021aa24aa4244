"""Takes a small obfuscated sample out of a lake, attacks it, and writes it only if it withstands.

What is done to the data is in `local.obfuscation`; what that promises is in docs/privacy.md.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from local.folder import FolderStore
from local.obfuscation.attack import Attempt, attack_attributes, attack_series, attack_weather
from local.obfuscation.check import Verdict, judge
from local.obfuscation.files import read_sample, write_sample
from local.obfuscation.key import Key
from local.obfuscation.sample import Disguise, Sample, SampleSize, choose, disguise
from local.obfuscation.series import Mixed, Noise, Panel, build_panel, mix
from local.obfuscation.surroundings import (
    disguise_demographics,
    disguise_events,
    disguise_products,
    disguise_stores,
    disguise_weather,
    draw_weather_sources,
)
from shared.errors import Reidentifiable, ShelfcastError
from shared.lake import read_current
from shared.profile import Profile
from shared.schemas import TABLES
from training.dataset import Tables, read_tables

REPORT = "reidentification.json"
KEY_VARIABLE = "SHELFCAST_OBFUSCATION_KEY"
ROOMY_BYTES = 1_000_000
"""Above this, a sample is too large to check in."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a sample is taken; `group_stores` is how many stores each one might as well be."""

    size: SampleSize = field(default_factory=SampleSize)
    noise: Noise = field(default_factory=Noise)
    group_stores: int = 20
    threshold: float = 0.2
    move_dates: bool = True


@dataclass(frozen=True, kw_only=True)
class Obfuscated:
    """A sample that was written: its bytes, and what the attacks on it came to."""

    bytes: int
    verdict: Verdict

    @property
    def is_large(self) -> bool:
        """Whether it is too large to be checked in."""
        return self.bytes > ROOMY_BYTES


def obfuscate(
    lake: Path, profile: Profile, key: Key, out: Path, options: Options | None = None
) -> Obfuscated:
    """Write a sample of the lake's current dataset versions that gives nobody away.

    Parameters
    ----------
    lake : Path
        The lake's folder; nothing in it is changed.
    profile : Profile
        The client's.
    key : Key
    out : Path
        A folder that does not exist yet, or is empty.

    Raises
    ------
    Reidentifiable
        If the check fails; then nothing is written.
    ShelfcastError
        If the folder is taken, or the lake has too little.
    """
    options = options or Options()
    tables = read_lake(lake)
    sample = choose(tables, options.size, group_stores=options.group_stores, key=key)
    names = disguise(sample, tables, move_dates=options.move_dates, key=key)
    panel = build_panel(tables, sample.weeks)
    mixed = mix(panel, sample, names, options.noise, key)
    frames = {**_surroundings(tables, sample, names, options.noise, key), **mixed.frames}
    with _written_aside(out) as folder:
        write_sample(folder, {t: frames[t] for t in TABLES if t in frames and len(frames[t])}, profile)
        made = read_sample(folder)
        attempts = _attack(made, tables, panel, sample, names, mixed)
        control = _control(panel, sample, names, options.noise, key)
        verdict = judge(folder, made, tables, profile, attempts, control, options.threshold)
        if verdict.faults:
            raise Reidentifiable(verdict.faults)
        (folder / REPORT).write_text(json.dumps(verdict.to_json(), indent=1) + "\n", encoding="utf-8")
        return Obfuscated(bytes=_size(folder), verdict=verdict)


def read_secret(key_file: Path | None) -> bytes:
    """Read the key from its file, or from the environment; raises ShelfcastError where there is none."""
    if key_file is None:
        secret = os.environ.get(KEY_VARIABLE, "").encode()
    elif key_file.is_file():
        secret = key_file.read_bytes()
    else:
        raise ShelfcastError(f"there is no key file {key_file}. Make one: openssl rand -hex 32 > {key_file}")
    if not secret.strip():
        raise ShelfcastError(f"no key is given. Set {KEY_VARIABLE}, or name a file with --key-file.")
    return secret.strip()


def describe(made: Obfuscated) -> list[str]:
    """Say in lines what was written, and what the attacks found."""
    verdict = made.verdict
    large = f", more than the {ROOMY_BYTES // 1000} kB that should be checked in: take less" * made.is_large
    return [
        f"{made.bytes // 1000} kB{large}",
        f"At least {verdict.smallest_class} stores share market, format and storage capacity",
        f"Series found with noise but without mixing: {verdict.control.share:.0%} of {verdict.control.tried}",
        *(f"Found, {a.name}: {a.share:.0%} of {a.tried}" for a in verdict.attempts),
    ]


def read_lake(lake: Path) -> Tables:
    """Read the current version of every table that the lake has."""
    if not (lake / "conditioned").is_dir():
        raise ShelfcastError(
            f"{lake} is no lake. Fill one first: python -m local run --data ... --lake {lake}"
        )
    store = FolderStore(lake)
    current = {table: read_current(store, table) for table in TABLES}
    return read_tables(lake / "conditioned", {t: v.version for t, v in current.items() if v is not None})


def _surroundings(
    tables: Tables, sample: Sample, names: Disguise, noise: Noise, key: Key
) -> dict[str, pd.DataFrame]:
    made = {
        "stores": disguise_stores(tables, sample, names),
        "products": disguise_products(tables, sample, names, key),
    }
    sources = draw_weather_sources(tables, sample, names, key)
    for table in ("weather_history", "weather_forecast"):
        if (frame := getattr(tables, table)) is not None:
            made[table] = disguise_weather(frame, sources, names)
    rules: dict[str, Any] = {"shift": names.shift, "noise": noise, "key": key}
    if (frame := tables.demographics) is not None:
        made["demographics"] = disguise_demographics(frame, sample.groups, names.stores, **rules)
    if (frame := tables.demographics_by_zip) is not None:
        places = dict.fromkeys(names.zip_codes, frame["zip_code"].unique().astype(object))
        made["demographics_by_zip"] = disguise_demographics(frame, places, names.zip_codes, **rules)
    if tables.events is not None:
        made["events"] = disguise_events(tables, sample, names, key)
    return made


def _attack(
    made: dict[str, pd.DataFrame], tables: Tables, panel: Panel, sample: Sample, names: Disguise, mixed: Mixed
) -> list[Attempt]:
    """Try everything on the sample as it was written."""
    attempts = [
        *attack_series(made["shipments"], panel, sample, names, mixed.main_source),
        attack_attributes(made, tables, names),
    ]
    if tables.weather_history is not None and "weather_history" in made:
        attempts.append(attack_weather(made["weather_history"], tables.weather_history, names))
    return attempts


def _control(panel: Panel, sample: Sample, names: Disguise, noise: Noise, key: Key) -> Attempt:
    """Attack the same series with the same noise, but not mixed: shows what the attack is worth on these data."""
    alone = {store: np.array([store], dtype=object) for store in sample.groups}
    unmixed = replace(sample, groups=alone, size_of={store: store for store in alone})
    control = mix(panel, unmixed, names, noise, key)
    series, _, _ = attack_series(control.frames["shipments"], panel, sample, names, control.main_source)
    return series


@contextmanager
def _written_aside(out: Path) -> Iterator[Path]:
    """Give a folder beside the wanted one, which takes its place when all went well."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ShelfcastError(f"{out} is not empty. Give a new folder with --out.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as aside:
        folder = Path(aside) / "sample"
        folder.mkdir()
        yield folder
        folder.replace(out)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
