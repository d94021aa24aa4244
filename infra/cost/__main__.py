"""``python -m infra.cost``: what dev and prod cost, in a month and per weekly run."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.check.evaluate import evaluate
from infra.cost.estimate import Line, Tables, estimate, per_run
from infra.cost.sizes import Sizes, sizes_of
from shared.errors import ShelfcastError

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ("dev", "prod")
MARKETS = (14, 140)
DOCUMENT = Path("docs/cost.md")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the estimate, or write the page; returns the exit code."""
    options = _parser().parse_args(argv)
    try:
        page = "\n".join(_page(options.root, options.markets)) + "\n"
    except ShelfcastError as exc:
        print(exc, file=sys.stderr)
        return 1
    if options.write_docs:
        (options.root / DOCUMENT).write_text(page)
        print(f"{DOCUMENT} is written")
    else:
        print(page, end="")
    return 0


def page_of(root: Path = ROOT) -> str:
    """Return what docs/cost.md has to be."""
    return "\n".join(_page(root, MARKETS)) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.cost", description=__doc__)
    parser.add_argument("--markets", type=int, nargs="+", default=MARKETS, help="numbers of markets")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    parser.add_argument("--write-docs", action="store_true", help=f"write {DOCUMENT}")
    return parser


def _page(root: Path, markets: Sequence[int]) -> Iterator[str]:
    tables = Tables.read()
    bicep = root / "infra" / "bicep"
    found = {
        name: sizes_of(evaluate(bicep / "main.bicep", bicep / f"{name}.bicepparam", root))
        for name in ENVIRONMENTS
    }
    yield from _head()
    yield from _totals(found, tables, markets)
    for name, sizes in found.items():
        yield from _details(name, sizes, tables, markets)


def _head() -> Iterator[str]:
    yield "# What an environment costs"
    yield ""
    yield "Written by `python -m infra.cost --write-docs`: sizes from the Bicep, unit prices (US dollars) from"
    yield "`infra/cost/prices.yml`, what an environment does from `infra/cost/usage.yml`. Both tables are assumptions:"
    yield "replace them by your contract and by what the workbook shows. The arithmetic stays."
    yield ""


def _totals(found: dict[str, Sizes], tables: Tables, markets: Sequence[int]) -> Iterator[str]:
    yield "| environment | markets | cells | per month | of which without any run | per weekly run | per cell and run |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for name, sizes in found.items():
        for count in markets:
            yield _total(name, sizes, tables, count)
    yield ""


def _total(name: str, sizes: Sizes, tables: Tables, markets: int) -> str:
    lines = estimate(sizes, tables, markets=markets)
    whole = sum(line.cost for line in lines)
    standing = sum(line.cost for line in lines if not line.weekly)
    run = per_run(lines, tables, name)
    cells = int(markets * tables.of("cells_per_market", name) * tables.of("share_of_cells", name))
    return (
        f"| {name} | {markets} | {cells} | {whole:,.0f} | {standing:,.0f} | {run:,.2f} | {run / cells:.2f} |"
    )


def _details(name: str, sizes: Sizes, tables: Tables, markets: Sequence[int]) -> Iterator[str]:
    columns = [_by_meter(estimate(sizes, tables, markets=count)) for count in markets]
    yield f"## {name}, per month"
    yield ""
    yield "| component | meter | " + " | ".join(f"{count} markets" for count in markets) + " |"
    yield "|---|---|" + "--:|" * len(markets)
    for key in columns[0]:
        costs = " | ".join(f"{column[key]:,.2f}" for column in columns)
        yield f"| {key[0]} | {key[1]} | {costs} |"
    yield ""


def _by_meter(lines: Sequence[Line]) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for line in lines:
        key = line.component, line.meter
        found[key] = found.get(key, 0.0) + line.cost
    return found


if __name__ == "__main__":
    sys.exit(main())
