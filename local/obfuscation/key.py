"""The secret key, and what is drawn from it: pseudonyms, neutral names, random streams. Their use is not here."""

import base64
import hmac
from collections.abc import Collection, Iterable
from itertools import count, islice

import numpy as np

from shared.errors import ShelfcastError

LEAST_BYTES = 16


class Key:
    """A secret from which everything random in a sample follows.

    Parameters
    ----------
    secret : bytes
        At least 16 bytes. Pseudonyms depend on it alone.
    seed : int
        Another seed gives another sample and other noise under the same pseudonyms.

    Raises
    ------
    ShelfcastError
        If the secret is too short to withstand guessing.
    """

    def __init__(self, secret: bytes, seed: int = 7) -> None:
        if len(secret) < LEAST_BYTES:
            raise ShelfcastError(
                f"the key has {len(secret)} bytes, at least {LEAST_BYTES} are needed. Make one: openssl rand -hex 32"
            )
        self._secret = secret
        self._seed = seed

    def pseudonym(self, kind: str, value: str, letters: int) -> str:
        """Return the first letters of the value's HMAC-SHA256 in base 32."""
        return base64.b32encode(self._digest("name", kind, value)).decode()[:letters]

    def pseudonyms(self, kind: str, values: Iterable[str], *, prefix: str, letters: int) -> dict[str, str]:
        """Return a pseudonym per value; raises ShelfcastError where two values would share one."""
        made = {value: prefix + self.pseudonym(kind, value, letters) for value in sorted(set(values))}
        if len(set(made.values())) < len(made):
            raise ShelfcastError(f"two of {len(made)} {kind} pseudonyms are the same. Use another key.")
        return made

    def neutral(self, kind: str, values: Iterable[str], *, taken: Collection[str]) -> dict[str, str]:
        """Return a name such as "Market 3" per value, in an order that tells nothing; `taken` names are left out."""
        ordered = sorted(set(values), key=lambda value: self._digest("order", kind, value))
        free = (name for name in (f"{kind} {number}" for number in count(1)) if name not in taken)
        return dict(zip(ordered, islice(free, len(ordered)), strict=True))

    def stream(self, purpose: str) -> np.random.Generator:
        """Return a random stream; each purpose has its own."""
        digest = self._digest("stream", str(self._seed), purpose)
        return np.random.default_rng(int.from_bytes(digest, "big"))

    def _digest(self, *parts: str) -> bytes:
        return hmac.digest(self._secret, "\0".join(parts).encode(), "sha256")
