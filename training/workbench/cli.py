"""The data scientist's command line: `python -m training prepare | experiment | tune | evaluate | compare`."""

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from shared.errors import ShelfcastError
from training.candidates.registry import CANDIDATES
from training.steps.folders import SLOTS
from training.workbench import commands
from training.workbench.overrides import names

BENCH = Path("build/workbench")
WIDTH = 160
MEASURES = ("mape", "wape", "rmse_all")
GROUPS = ("velocity", "market", "format", "lead", "week_start", "store_id", "product_id")
CYCLE = """\
From a filled lake (after 'make demo') to an answer:
  python -m training prepare --lake build/demo/files --market "North Texas" --format large
  python -m training experiment --panel build/workbench/panels --model lasso
  python -m training compare --panel build/workbench/panels
Nothing here touches the lake, the registry or the network."""


def main(argv: list[str] | None = None) -> int:
    """Run a command; 0 = all well, 1 = something could not be done (and was said), 2 = wrong arguments."""
    arguments = _parser().parse_args(argv)
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    try:
        return int(arguments.command(arguments, console))
    except ShelfcastError as exc:
        console.print(f"[red]{type(exc).__name__}[/red] {escape(str(exc))}", highlight=False)
        return 1
    except KeyboardInterrupt:
        console.print("Stopped. Experiments that had ended are kept; run the same command again to go on.")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description="Try, tune and compare models on prepared data, on this machine.",
        epilog=CYCLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands_ = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_prepare(commands_)
    _add_experiment(commands_)
    _add_tune(commands_)
    _add_evaluate(commands_)
    _add_compare(commands_)
    return parser


def _add_prepare(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = parsers.add_parser(
        "prepare",
        help="lay a cell's data out as a panel",
        description="Runs the validate and the features step on one cell, or on all. A finished run has done so: its "
        "work folder (such as build/demo/lake/work) can be given as --panel right away.",
    )
    parser.add_argument("--lake", type=Path, help="a lake's folder: the current versions of its tables")
    parser.add_argument("--conditioned", type=Path, help="instead of --lake: the conditioned zone ...")
    parser.add_argument("--versions", type=Path, help="... and a JSON file with the version of each table")
    parser.add_argument(
        "--profile", type=Path, default=Path("config/default.yml"), help="client profile (YAML)"
    )
    parser.add_argument("--market", help="default: all")
    parser.add_argument("--format", choices=("large", "small"), help="default: both")
    parser.add_argument(
        "--output", type=Path, default=BENCH / "panels", help="a folder per cell (default: %(default)s)"
    )
    parser.set_defaults(command=commands.prepare)


def _add_experiment(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = parsers.add_parser(
        "experiment",
        help="try one model on the held-out weeks",
        description="Fits a model up to the held-out weeks, forecasts them, and keeps rows and metrics in a folder. "
        "Asked again with the same code, data and settings, it answers at once; after a change of the code "
        "it says what the change has brought.",
        epilog=_models(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_model(parser)
    _add_bench(parser)
    parser.set_defaults(command=commands.experiment)


def _add_tune(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = parsers.add_parser(
        "tune",
        help="search settings on the weeks before the held-out ones",
        description="Random search. Trials are judged on the validation weeks; the held-out weeks are not looked at, "
        "so that they still judge the result. The same seed draws the same trials: more of them go on from there.",
    )
    _add_model(parser, default="ensemble")
    parser.add_argument("--trials", type=int, default=20, help="besides the profile's own settings")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--by", choices=MEASURES, help="default: what the profile's gate looks at")
    parser.add_argument(
        "--output", type=Path, default=BENCH / "tuned.yml", help="the best settings (default: %(default)s)"
    )
    _add_bench(parser)
    parser.set_defaults(command=commands.tune)


def _add_evaluate(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = parsers.add_parser(
        "evaluate",
        help="all metrics of one model, beside its members and the baselines",
        description="Prints MAPE (with the rows it could use and the rows without demand), RMSE 0, RMSE All, WAPE and "
        "bias (positive: over-forecast), of the model, its members and both baselines, on the same rows.",
        epilog=_models(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--model", required=True, help="a model's name, an experiment's folder, or the output of a train step"
    )
    parser.add_argument("--by", choices=GROUPS, default="velocity", help="a row per ... (default: velocity)")
    _add_bench(parser)
    parser.set_defaults(command=commands.evaluate)


def _add_compare(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = parsers.add_parser(
        "compare",
        help="bake-off: rank models on the same rows",
        description="Every model forecasts the same held-out rows (rolling origin); both baselines always take part.",
        epilog=_models(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    choices = (commands.ALL, *CANDIDATES)
    parser.add_argument("--models", nargs="+", choices=choices, default=[commands.ALL], metavar="NAME")
    parser.add_argument("--by", choices=MEASURES, help="default: what the profile's gate looks at")
    parser.add_argument(
        "--output",
        type=Path,
        default=BENCH / "bakeoff",
        help="for bakeoff.csv and .md (default: %(default)s)",
    )
    _add_bench(parser)
    parser.set_defaults(command=commands.compare)


def _add_model(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    parser.add_argument(
        "--model", choices=CANDIDATES, default=default, required=default is None, metavar="NAME",
        help=", ".join(CANDIDATES),
    )  # fmt: skip


def _add_bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--panel", type=Path, nargs="+", required=True,
        help="panels: the output of prepare, one cell's folder in it, or the work folder of a run",
    )  # fmt: skip
    parser.add_argument("--slot", choices=(*SLOTS, commands.ALL), default=commands.ALL, help="default: all")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE",
        help=f"a setting instead of the profile's; may be given often. Keys: {', '.join(names())}",
    )  # fmt: skip
    parser.add_argument(
        "--experiments", type=Path, default=BENCH / "experiments", help="default: %(default)s"
    )
    parser.add_argument("--workers", type=int, default=1, help="processes (default: 1)")


def _models() -> str:
    width = max(map(len, CANDIDATES))
    return "models:\n" + "\n".join(f"  {name:<{width}}  {c.about}" for name, c in CANDIDATES.items())
