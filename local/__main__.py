"""The command line: `python -m local up | demo | run | models | simulate | next-week | download | restore | obfuscate`.

What a command needs is loaded by the command: `up` runs for days, and needs no learning library.
"""

import argparse
import os
import sys
from pathlib import Path

from rich.console import Console

from local.download import ZONES, download
from local.next_week import next_week
from local.obfuscate import Options, describe, obfuscate, read_secret
from local.obfuscation.key import Key
from local.obfuscation.sample import SampleSize
from local.pool import WORKERS
from local.simulate import simulate
from local.simulation.company import CompanySize
from local.stored import stored
from local.up import UpOptions, up
from shared.errors import ShelfcastError
from shared.profile import load_profile
from shared.runs.registry import Registry


def main(argv: list[str] | None = None) -> int:
    """Run a command; 0 = all well, 1 = something failed (and was said), 2 = wrong arguments."""
    arguments = _parser().parse_args(argv)
    console = Console(width=None if sys.stdout.isatty() else 160)
    try:
        return int(arguments.command(arguments, console))
    except ShelfcastError as exc:
        console.print(f"[red]{type(exc).__name__}[/red] {exc}", highlight=False)
        return 1
    except KeyboardInterrupt:
        console.print("Stopped. Run the same command again to go on from here.")
        return 130


def _up(arguments: argparse.Namespace, console: Console) -> int:
    options = UpOptions(
        folder=arguments.lake_folder,
        profile=arguments.profile,
        watch=arguments.watch,
        port=arguments.port,
        storage_port=arguments.storage_port,
        workers=arguments.workers,
        jobs=arguments.jobs,
        app=arguments.app,
        prepare=arguments.prepare,
    )
    return up(options, console)


def _demo(arguments: argparse.Namespace, console: Console) -> int:
    from local.console import ProgressBars, print_result, slot_table
    from local.demo import demonstrate
    from local.findings import print_findings

    with ProgressBars(console) as bars:
        shown = demonstrate(
            arguments.folder,
            bars,
            company=_company(arguments),
            seed=arguments.seed,
            workers=arguments.workers,
        )
    console.print(slot_table(shown.result, shown.floors))
    print_result(console, shown.result)
    print_findings(console, shown.findings)
    console.print(f"Noise floor over all slots: {shown.floors.get(('all', '', ''), float('nan')):.3f}")
    return 0 if shown.succeeded else 1


def _run(arguments: argparse.Namespace, console: Console) -> int:
    from local.console import ProgressBars, print_result, slot_table
    from local.run import run

    with ProgressBars(console) as bars:
        result = run(arguments.profile, arguments.data, arguments.lake, bars, workers=arguments.workers)
    console.print(slot_table(result))
    print_result(console, result)
    return 1 if result.failures else 0


def _simulate(arguments: argparse.Namespace, console: Console) -> int:
    simulate(arguments.out, company=_company(arguments), seed=arguments.seed)
    console.print(f"Raw files in {arguments.out}, the truth behind them in {arguments.out / 'truth'}")
    return 0


def _models(arguments: argparse.Namespace, console: Console) -> int:
    from local.console import model_table

    with stored(arguments.lake) as store:
        registry = Registry(store)
        if not registry.slots():
            raise ShelfcastError(
                f"{arguments.lake} has no models. Run 'python -m local run' or 'make demo' first."
            )
        console.print(model_table(registry, arguments.environment))
    return 0


def _download(arguments: argparse.Namespace, console: Console) -> int:
    with stored(arguments.lake) as store:
        count = download(store, arguments.out, arguments.zones, advance=lambda path: None)
    console.print(f"{count} files in {arguments.out}", highlight=False)
    return 0


def _restore(arguments: argparse.Namespace, console: Console) -> int:
    from local.restore import deployed, here, restore

    place = deployed() if arguments.deployed else here(arguments.lake, arguments.profile)
    with place as found, console.status("Reading runs ...") as status:
        done = restore(
            found.lake, found.registry, found.ledger, advance=lambda run: status.update(f"Run {run}")
        )
    for path in done.pointers:
        console.print(f"put back {path}", highlight=False)
    ledger = done.ledger
    console.print(
        f"{len(done.pointers)} pointers were missing. The ledger knows {ledger.files} files, {ledger.versions} "
        f"dataset versions, {ledger.runs} runs with {ledger.cells} cells, {ledger.models} models.",
        highlight=False,
    )
    return 0


def _next_week(arguments: argparse.Namespace, console: Console) -> int:
    for path in next_week(arguments.data, arguments.out, without=arguments.without):
        console.print(str(path), highlight=False)
    return 0


def _obfuscate(arguments: argparse.Namespace, console: Console) -> int:
    options = Options(
        size=SampleSize(stores=arguments.stores, products=arguments.products, weeks=arguments.weeks),
        group_stores=arguments.group_stores,
        threshold=arguments.threshold,
        move_dates=not arguments.keep_dates,
    )
    key = Key(read_secret(arguments.key_file), arguments.seed)
    made = obfuscate(arguments.lake, load_profile(arguments.profile), key, arguments.out, options)
    console.print(f"Obfuscated sample in {arguments.out}", *describe(made), sep="\n")
    return 0


def _company(arguments: argparse.Namespace) -> CompanySize:
    return CompanySize(
        markets=arguments.markets, stores=arguments.stores, products=arguments.products, weeks=arguments.weeks
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description="Shelfcast on one machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    _add_up(commands.add_parser("up", help="the whole system on this machine, until Ctrl-C"))

    demo = commands.add_parser("demo", help="simulate a company and forecast its next week")
    demo.add_argument("--folder", type=Path, default=Path("build/demo"), help="everything is written here")
    _add_company(demo)
    _add_workers(demo)
    demo.set_defaults(command=_demo)

    runs = commands.add_parser("run", help="raw files to forecasts")
    runs.add_argument(
        "--profile", type=Path, default=Path("config/default.yml"), help="client profile (YAML)"
    )
    runs.add_argument("--data", type=Path, help="folder of raw files; without it, what the lake has already")
    runs.add_argument("--lake", type=Path, default=Path("build/lake"), help="everything is kept here")
    _add_workers(runs)
    runs.set_defaults(command=_run)

    models = commands.add_parser("models", help="table of all models in a lake's registry")
    models.add_argument("--lake", type=Path, default=Path("build/lake"))
    models.add_argument("--environment", default="local", help="what the first column says")
    models.set_defaults(command=_models)

    simulation = commands.add_parser("simulate", help="write the raw files of an invented company")
    simulation.add_argument("--out", type=Path, required=True, help="folder for the raw files")
    _add_company(simulation)
    simulation.set_defaults(command=_simulate)

    _add_download(commands.add_parser("download", help="copy a lake's zones to plain files"))
    _add_restore(commands.add_parser("restore", help="rebuild the ledger, and what serves, from the lake"))

    coming = commands.add_parser("next-week", help="write the files of a simulated company's next week")
    coming.add_argument("--data", type=Path, default=Path("build/demo/data"), help="the company's files")
    coming.add_argument("--out", type=Path, required=True, help="folder, such as the inbox of what is up")
    coming.add_argument("--without", nargs="*", default=[], metavar="MARKET", help="markets that are late")
    coming.set_defaults(command=_next_week)

    sample = commands.add_parser("obfuscate", help="take a sample out of a lake that gives nobody away")
    _add_sample(sample)
    sample.set_defaults(command=_obfuscate)
    return parser


def _add_download(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lake", type=Path, default=Path("build/demo/lake"), help="of a system that is stopped"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--zones", nargs="+", default=list(ZONES), choices=[*ZONES, "raw", "models"])
    parser.set_defaults(command=_download)


def _add_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lake", type=Path, default=Path("build/demo/lake"), help="of a system that is stopped"
    )
    parser.add_argument(
        "--profile", type=Path, default=Path("config/default.yml"), help="client profile (YAML)"
    )
    parser.add_argument(
        "--deployed", action="store_true", help="instead: the environment that the app's settings name"
    )
    parser.set_defaults(command=_restore)


def _add_up(parser: argparse.ArgumentParser) -> None:
    usual = UpOptions(folder=Path("build/up"))
    parser.add_argument(
        "--profile", type=_file, help="client profile (YAML); without it, that of the settings"
    )
    parser.add_argument("--lake-folder", type=Path, default=usual.folder, help="everything is kept here")
    parser.add_argument("--watch", type=Path, help="files put into its {source}/ are taken; default: inbox")
    parser.add_argument("--port", type=_port, default=usual.port, help="of the functions; 0 = a free one")
    parser.add_argument("--storage-port", type=_port, default=usual.storage_port, help="of Azurite")
    parser.add_argument("--workers", type=_count, default=usual.workers, help="processes; 0 = in this one")
    parser.add_argument("--jobs", type=_count, default=usual.jobs, help="jobs at a time")
    parser.add_argument("--app", default=usual.app, help=argparse.SUPPRESS)
    parser.add_argument("--prepare", default=usual.prepare, help=argparse.SUPPRESS)
    parser.set_defaults(command=_up)


def _file(text: str) -> Path:
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return Path(text)


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give 0 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not text.isdigit() or int(text) > 64:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to 64")
    return int(text)


def _add_sample(parser: argparse.ArgumentParser) -> None:
    usual, size = Options(), SampleSize()
    parser.add_argument(
        "--profile", type=Path, default=Path("config/default.yml"), help="client profile (YAML)"
    )
    parser.add_argument("--lake", type=Path, default=Path("build/lake"), help="where the client's data are")
    parser.add_argument("--out", type=Path, required=True, help="a new folder for the sample")
    parser.add_argument(
        "--key-file", type=Path, help="holds the secret; without it, SHELFCAST_OBFUSCATION_KEY"
    )
    parser.add_argument("--stores", type=int, default=size.stores)
    parser.add_argument("--products", type=int, default=size.products)
    parser.add_argument("--weeks", type=int, default=size.weeks, help="the last ones with shipments")
    parser.add_argument("--seed", type=int, default=7, help="another seed takes another sample")
    parser.add_argument(
        "--group-stores", type=int, default=usual.group_stores, help="how many stores one might as well be"
    )
    parser.add_argument(
        "--threshold", type=float, default=usual.threshold, help="largest share that may be re-identified"
    )
    parser.add_argument("--keep-dates", action="store_true", help="do not move dates by whole years")


def _add_company(parser: argparse.ArgumentParser) -> None:
    usual = CompanySize()
    parser.add_argument("--markets", type=int, default=usual.markets)
    parser.add_argument("--stores", type=int, default=usual.stores, help="of all markets together")
    parser.add_argument("--products", type=int, default=usual.products)
    parser.add_argument("--weeks", type=int, default=usual.weeks, help="with shipments, from 2017-01-02")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same company")


def _add_workers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", type=int, default=min(WORKERS, os.cpu_count() or 1), help="processes")


if __name__ == "__main__":
    sys.exit(main())
