"""The host's keys: random, made once, in a file that only its owner reads. Who needs which is in local.host.http."""

import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

NAMES = ("master", "function", "system", "rpc")


@dataclass(frozen=True, kw_only=True, repr=False)
class Keys:
    """The keys: ``master`` opens everything; ``system`` the webhooks; ``rpc`` is in the durable clients' address."""

    master: str
    function: str
    system: str
    rpc: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file of keys, or make one."""
        if not path.exists():
            _write(path, {name: secrets.token_urlsafe(40) for name in NAMES})
        return cls(**json.loads(path.read_text()))

    def opens(self, given: str, level: str) -> bool:
        """Whether a key is good for an authorization level: function, system or admin."""
        accepted = [self.master, *{"function": [self.function], "system": [self.system]}.get(level, [])]
        return any(hmac.compare_digest(given.encode(), key.encode()) for key in accepted)


def _write(path: Path, keys: Mapping[str, str]) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(keys, out, indent=1)
    unfinished.replace(path)
