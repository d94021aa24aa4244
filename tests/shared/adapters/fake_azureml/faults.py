"""What goes wrong between client and service: throttling, errors, resets, silence, tokens refused."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens to a request instead of an answer.

    Attributes
    ----------
    kind : str
        ``answer`` gives `status`; ``reset`` tears the connection; ``late_reset`` does what was asked, then tears
        it; ``silence`` never answers; ``garbage`` answers what a broken gateway would.
    method, path : str
        The requests it meets: this method, this text in the path; empty meets all.
    times : int
        How many of them.
    """

    kind: Literal["answer", "reset", "late_reset", "silence", "garbage"]
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    method: str = ""
    path: str = ""
    times: int = 1


class Faults:
    """The faults to come, each for so many requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: list[tuple[Fault, int]] = []
        self._before: list[tuple[str, str, Callable[[], None]]] = []

    def plan(self, fault: Fault) -> None:
        """Let it happen to the next requests that it meets."""
        with self._lock:
            self._left.append((fault, fault.times))

    def before(self, method: str, path: str, happening: Callable[[], None]) -> None:
        """Let something happen just before the next such request is answered."""
        with self._lock:
            self._before.append((method, path, happening))

    def meet(self, method: str, path: str) -> Fault | None:
        """Return the fault that this request meets, if any."""
        with self._lock:
            for moment in [m for m in self._before if m[0] == method and m[1] in path]:
                self._before.remove(moment)
                moment[2]()
            for place, (fault, left) in enumerate(self._left):
                if left and fault.method in ("", method) and fault.path in path:
                    self._left[place] = (fault, left - 1)
                    return fault
            return None
