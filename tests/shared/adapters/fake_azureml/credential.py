"""Bearer tokens as Entra ID gives them, signed with a key that nobody checks."""

import itertools
import time

import jwt
from azure.core.credentials import AccessToken


class FakeCredential:
    """A token credential that gives a new token each time it is asked.

    Parameters
    ----------
    lifetime_seconds : float
        What the tokens claim; the service may refuse them earlier.
    """

    def __init__(self, lifetime_seconds: float = 3600) -> None:
        self.lifetime_seconds = lifetime_seconds
        self._serial = itertools.count()
        self.scopes: list[str] = []

    def get_token(self, *scopes: str, **_: object) -> AccessToken:
        """Return a token for the resource of the first scope."""
        self.scopes.extend(scopes)
        claims = {"aud": scopes[0].removesuffix("/.default"), "tid": "tenant", "serial": next(self._serial)}
        token = jwt.encode(claims, "a key that nobody ever checks..." * 2, algorithm="HS256")
        return AccessToken(token, int(time.time() + self.lifetime_seconds))
