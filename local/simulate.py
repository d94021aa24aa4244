"""Invents a company and writes its raw files, dirt included, with the truth apart. How demand arises: `simulation`."""

import argparse
from pathlib import Path

from local.simulation.company import CompanySize, found_company
from local.simulation.history import live
from local.simulation.master_files import write_demographics, write_events, write_products, write_stores
from local.simulation.promotion_files import write_promotions
from local.simulation.return_files import write_returns
from local.simulation.shipment_files import write_shipments
from local.simulation.truth import write_defects, write_expected
from local.simulation.weather_files import write_weather_forecast, write_weather_history

VERSION = 2
"""Raised whenever the same size and seed give other files than before."""

SAMPLE = CompanySize(markets=2, stores=8, products=8, weeks=80)  # tests/data/sample
SAMPLE_SEED = 7

_WRITERS = {
    "stores": write_stores,
    "products": write_products,
    "demographics": write_demographics,
    "events": write_events,
    "weather_history": write_weather_history,
    "weather_forecast": write_weather_forecast,
    "promotions": write_promotions,
    "shipments": write_shipments,
    "returns": write_returns,
}


def simulate(out: Path, *, company: CompanySize, seed: int) -> None:
    """Write a company's raw files into ``out/{source}/`` and what stands behind them into ``out/truth/``.

    Parameters
    ----------
    out : Path
        A folder; files of the same names are replaced.
    company : CompanySize
        How large it is.
    seed : int
        The same size and seed give the same bytes.
    """
    history = live(found_company(company, seed))
    defects = [defect for source, write in _WRITERS.items() for defect in write(history, out / source)]
    write_defects(defects, out / "truth" / "dirt.json")
    write_expected(history, out / "truth" / "expected_demand.parquet")


def _arguments() -> argparse.Namespace:
    usual = CompanySize()
    parser = argparse.ArgumentParser(prog="python -m local.simulate", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the raw files")
    parser.add_argument("--stores", type=int, default=usual.stores, help="stores of all markets together")
    parser.add_argument("--products", type=int, default=usual.products)
    parser.add_argument(
        "--weeks", type=int, default=usual.weeks, help="weeks with shipments, from 2017-01-02"
    )
    parser.add_argument("--markets", type=int, default=usual.markets)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


def main() -> None:
    """Simulate the company that the command line describes."""
    given = _arguments()
    size = CompanySize(markets=given.markets, stores=given.stores, products=given.products, weeks=given.weeks)
    simulate(given.out, company=size, seed=given.seed)


if __name__ == "__main__":
    main()
