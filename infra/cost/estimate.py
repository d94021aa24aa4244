"""The estimate: sizes times usage times unit prices, a line per meter. Where the sizes come from is in sizes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.cost.sizes import Sizes
from shared.errors import ShelfcastError

HERE = Path(__file__).resolve().parent
HOURS = 730
"""Of a month."""
SECONDS = HOURS * 3600


@dataclass(frozen=True, kw_only=True)
class Line:
    """One meter of the estimate.

    Attributes
    ----------
    weekly : bool
        Whether it is used by weekly runs alone, and costs nothing without them.
    cost : float
        US dollars per month.
    """

    component: str
    meter: str
    quantity: float
    cost: float
    weekly: bool = False


@dataclass(frozen=True, kw_only=True)
class Tables:
    """Unit prices by meter, and what an environment does."""

    prices: Mapping[str, float]
    usage: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path = HERE) -> "Tables":
        """Read prices.yml and usage.yml."""
        prices = yaml.safe_load((folder / "prices.yml").read_text())
        usage = yaml.safe_load((folder / "usage.yml").read_text())
        return cls(prices={name: float(entry["price"]) for name, entry in prices.items()}, usage=usage)

    def price(self, meter: str) -> float:
        """Return a unit price; raises ShelfcastError where the table has none."""
        if meter not in self.prices:
            raise ShelfcastError(f"infra/cost/prices.yml has no price for {meter}; add it")
        return self.prices[meter]

    def of(self, name: str, environment: str) -> float:
        """Return a figure of usage.yml, for the environment where it differs."""
        found = self.usage[name]
        return float(found[environment] if isinstance(found, dict) else found)


def estimate(sizes: Sizes, tables: Tables, *, markets: int) -> list[Line]:
    """Return what an environment costs in a month.

    Parameters
    ----------
    sizes : Sizes
        Of the environment, from the Bicep.
    tables : Tables
    markets : int
        Number of markets, each with a large and a small cell.

    Returns
    -------
    list of Line
        In US dollars per month, the weekly runs' first.
    """
    return list(_Estimate(sizes, tables, markets).lines())


def per_run(lines: list[Line], tables: Tables, environment: str) -> float:
    """Return what one weekly run costs, in US dollars: the weekly meters alone."""
    return sum(line.cost for line in lines if line.weekly) / tables.of("runs_per_month", environment)


@dataclass(frozen=True)
class _Estimate:
    sizes: Sizes
    tables: Tables
    markets: int

    def lines(self) -> Iterator[Line]:
        yield from self._weekly()
        yield from self._standing()
        if self.sizes.private_endpoints:
            yield self._line("Network", "private_endpoint", HOURS * self.sizes.private_endpoints)
            yield self._line("Network", "private_zone", self.sizes.private_zones)
            yield self._line("Network", "nat_gateway", HOURS * self.sizes.nat_gateways)

    def _weekly(self) -> Iterator[Line]:
        cells = self._cells()
        hours = self._training_hours(cells), self._scoring_hours(cells)
        share = self._of("gpu_share")
        yield self._line("Azure ML", f"vm_{self.sizes.cpu}", hours[0] * (1 - share) + hours[1], weekly=True)
        if share:
            yield self._line("Azure ML", f"vm_{self.sizes.gpu}", hours[0] * share, weekly=True)
        executions = cells * self._of("executions_per_cell")
        yield self._line("Functions", "functions_on_demand", self._gb_seconds(executions), weekly=True)
        yield self._line("Functions", "functions_execution", executions / 1e6, weekly=True)
        writes, reads = (cells * self._of(f"lake_{kind}_per_cell") for kind in ("writes", "reads"))
        yield self._line("Data lake", "storage_write", writes / 1e4, weekly=True)
        yield self._line("Data lake", "storage_read", reads / 1e4, weekly=True)
        yield self._line("Monitor", "logs", cells * self._of("log_gb_per_cell"), weekly=True)
        activities = self._of("runs_per_month") * self._of("factory_activities_per_run")
        yield self._line("Data Factory", "factory_activity", activities / 1e3, weekly=True)

    def _standing(self) -> Iterator[Line]:
        other = self._of("executions_per_month")
        yield self._line("Functions", "functions_on_demand", self._gb_seconds(other))
        yield self._line("Functions", "functions_execution", other / 1e6)
        if self.sizes.always_ready:
            waiting = self.sizes.always_ready * self.sizes.memory_gb * SECONDS
            yield self._line("Functions", "functions_always_ready", waiting)
        gb = self.markets * self._of("lake_gb_per_market")
        yield self._line("Data lake", f"storage_{self.sizes.lake}", gb)
        hours = self._of("sql_hours_in_use") * self.sizes.sql_cores
        yield self._line("SQL", f"sql_{self.sizes.sql}", hours)
        yield self._line("SQL", "sql_storage", self._of("sql_gb"))
        yield self._line("Container Registry", f"registry_{self.sizes.registry}", HOURS / 24)
        yield self._line("Monitor", "logs", self._of("log_gb_per_month"))
        yield self._line("Monitor", "log_alert", self.sizes.log_alerts)
        yield self._line("Monitor", "metric_alert", self.sizes.metric_alerts)
        yield self._line("Event Grid", "event_grid", self.markets * self._of("events_per_market") / 1e6)
        yield self._line("Key Vault", "vault", self._of("vault_operations") / 1e4)

    def _cells(self) -> float:
        """Return how many cells are trained and scored in a month."""
        per_run = self.markets * self._of("cells_per_market") * self._of("share_of_cells")
        return per_run * self._of("runs_per_month")

    def _training_hours(self, cells: float) -> float:
        return cells * (self._of("training_minutes") + self._starts()) / 60

    def _scoring_hours(self, cells: float) -> float:
        return cells * (self._of("scoring_minutes") + self._starts()) / 60

    def _starts(self) -> float:
        return self._of("node_start_minutes") / self._of("jobs_per_node")

    def _gb_seconds(self, executions: float) -> float:
        return executions * self._of("seconds_per_execution") * self.sizes.memory_gb

    def _of(self, name: str) -> float:
        return self.tables.of(name, self.sizes.environment)

    def _line(self, component: str, meter: str, quantity: float, *, weekly: bool = False) -> Line:
        cost = quantity * self.tables.price(meter)
        return Line(component=component, meter=meter, quantity=quantity, cost=cost, weekly=weekly)
