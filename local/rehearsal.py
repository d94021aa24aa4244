"""The app's own orchestrators and activities in virtual time, with jobs that only pretend: days of a run in seconds.

For benchmarks, and for bad days that cannot be had on demand. Everything but the jobs and the clock is real: plan,
registry, publication, ledger. How jobs pretend is in local.jobs.simulated.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from functions.bootstrap import Edges, connect, use
from local.durable import Engine, VirtualClock
from local.host.registry import load_functions, of_kind
from local.jobs.simulated import Scripts, SimulatedJobs, usual
from local.memory import MemoryStore
from shared.lake.intake import condition_blob
from shared.messages import RunRequest, RunSummary
from shared.profile import load_profile
from shared.settings import Settings

FIRST_WEEK = date(2019, 7, 1)
START = datetime(2019, 8, 5, 6, tzinfo=UTC)
COLUMNS = {
    "stores": ("store_id", "market", "state", "zip_code", "storage_capacity"),
    "products": ("product_id", "category", "brand", "pack_size"),
    "shipments": ("week_start", "store_id", "product_id", "units_shipped"),
}
PRODUCTS = ("P1", "P2")


class Rehearsal:
    """An invented company, one store per cell, and everything that runs it.

    Parameters
    ----------
    folder : Path
        Profile, task hub and ledger lie there.
    markets : int
        Each has a large and a small store.
    scripts : callable
        How each job goes.
    settings : mapping
        Settings of the app that differ from the usual ones.
    """

    def __init__(
        self,
        folder: Path,
        *,
        markets: int,
        scripts: Scripts = usual,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.markets, self.weeks = markets, 0
        self.clock, self.store = VirtualClock(START), MemoryStore(now=lambda: self.clock.now())
        self.jobs = SimulatedJobs(self.store, lambda: self.clock.now().timestamp(), scripts)
        self.edges = _connect(folder, self.store, self.jobs, settings or {})
        use(self.edges)
        functions = load_functions("function_app:app")
        self.engine = Engine(
            folder / "hub.sqlite",
            orchestrators={f.name: f.call for f in of_kind(functions, "orchestrationTrigger")},
            activity=lambda name, message: functions[name].call(message),
            clock=self.clock,
        )
        self._bring("stores", "stores.csv", self._stores())
        self._bring("products", "products.csv", [(product, "soda", "Good", "6") for product in PRODUCTS])

    def close(self) -> None:
        """Let go of everything."""
        use(None)
        self.engine.close()
        self.jobs.close()
        self.edges.ledger.close()

    def deliver_week(self, *, only: Callable[[int], bool] = lambda market: True) -> None:
        """Let the next week's shipments of the markets come."""
        week = FIRST_WEEK + timedelta(weeks=self.weeks)
        self.weeks += 1
        rows = [
            (week.isoformat(), store, product, str(5 + number % 7 + self.weeks))
            for number, (store, *_) in enumerate(self._stores())
            for product in PRODUCTS
            if only(number // 2)
        ]
        self._bring("shipments", f"{week}.csv", rows)
        self.edges.lake.materialise()

    def run(self, run: str, **request: Any) -> RunSummary:
        """Run to the end, and return what it came to."""
        self.start(run, **request)
        status = self.engine.run_until(run)
        assert status.runtime_status.ended, f"{run} waits for what does not come"
        return self.summary(run)

    def start(self, run: str, **request: Any) -> None:
        """Start a run; time stands still."""
        self.engine.start("weekly_run", instance_id=run, input=RunRequest(run=run, **request).to_json())

    def summary(self, run: str) -> RunSummary:
        """Return what a run came to."""
        from shared.runs.summary import read_summary

        found = read_summary(self.store, run)
        assert found, f"{run} has no summary"
        return found

    def _stores(self) -> list[tuple[str, str, str, str, str]]:
        return [
            (f"S{market:04d}{letter}", f"Market {market:03d}", "TX", f"{10000 + market}", capacity)
            for market in range(self.markets)
            for letter, capacity in (("L", "200"), ("S", "20"))
        ]

    def _bring(self, source: str, file: str, rows: Sequence[tuple[str, ...]]) -> None:
        lines = [",".join(row) for row in (COLUMNS[source], *rows)]
        path = f"raw/{source}/{file}"
        self.store.put(path, ("\n".join(lines) + "\n").encode())
        condition_blob(self.edges.lake, source, path)


def _connect(folder: Path, store: MemoryStore, jobs: SimulatedJobs, settings: Mapping[str, str]) -> Edges:
    profile = folder / "profile.yml"
    profile.write_text(yaml.safe_dump(small_profile()))
    load_profile(profile)
    own = {
        "SHELFCAST_ENVIRONMENT": "local",
        "SHELFCAST_PROFILE": str(profile.resolve()),
        "SHELFCAST_LEDGER_URL": f"sqlite:///{folder / 'ledger.db'}",
        "LakeStorage": "memory",
        **settings,
    }
    return connect(Settings.read(own), store=store, jobs=jobs)


def small_profile() -> dict[str, Any]:
    """Return the invented company's profile."""
    return {
        "client": "Rehearsal",
        "version": 1,
        "formats": {"by": "storage_capacity", "large_at": 100},
        "sources": {
            name: {
                "files": [f"{name}/*.csv"],
                "format": {"type": "delimited"},
                "table": name,
                "cadence": "weekly" if name == "shipments" else "once",
                "columns": {column: {"from": column} for column in columns},
            }
            for name, columns in COLUMNS.items()
        },
    }
