"""What one evaluation collects: files read, resources, outputs, faults, and which resource refers to which."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from infra.check.evaluate.values import NOT_EVALUATED, faulty
from infra.check.model import Fault, Faulty, Output, Place, Resource
from infra.check.syntax import parse
from infra.check.syntax.nodes import File


class Run:
    """The state of one evaluation.

    Parameters
    ----------
    root : Path
        The repository.
    variables : mapping
        What parameter files find in the environment.
    """

    def __init__(self, root: Path, variables: Mapping[str, str]) -> None:
        self.root, self.variables = root.resolve(), variables
        self.resources: list[Resource] = []
        self.outputs: list[Output] = []
        self._faults: dict[Fault, None] = {}
        self._files: dict[Path, File] = {}
        self._texts: dict[tuple[Path, str], str] = {}
        self._touched: list[set[str]] = [set()]
        self._deployed: dict[str, Resource] = {}

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Everything that could not be evaluated, by place."""
        return tuple(sorted(self._faults))

    def report(self, fault: Fault) -> None:
        """Note what could not be evaluated, once, and not what only follows from that."""
        if NOT_EVALUATED not in fault.problem:
            self._faults[fault] = None

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Note what cannot be evaluated in here, and go on after it."""
        try:
            yield
        except Faulty as exc:
            self.report(exc.fault)

    # ---- files

    def relative(self, path: Path) -> Path:
        """Return a path in the repository, relative to it."""
        return (self.root / path).resolve().relative_to(self.root)

    def inside(self, base: Path, path: str, place: Place) -> Path:
        """Return the path in the repository of a file that another names."""
        found = (self.root / base.parent / path).resolve()
        if not found.is_relative_to(self.root):
            raise faulty(place, "missing-file", f"{path} lies outside the repository.", "Move it inside.")
        if not found.is_file():
            raise faulty(
                place, "missing-file", f"There is no file {path}.", "Mend the path, or write the file."
            )
        return found.relative_to(self.root)

    def file(self, path: Path) -> File:
        """Read a file of Bicep, once; its faults of syntax are noted."""
        if path not in self._files:
            self._files[path] = parse(self.root / path, self.root)
            for fault in self._files[path].faults:
                self.report(fault)
        return self._files[path]

    def text(self, path: Path, place: Place, encoding: str = "utf-8") -> str:
        """Read a text, once."""
        key = (path, encoding)
        if key not in self._texts:
            try:
                codec = "utf-8-sig" if encoding == "utf-8" else encoding
                self._texts[key] = (self.root / path).read_text(encoding=codec)
            except (UnicodeError, LookupError) as exc:
                remedy = f"Write it in {encoding}, or name its encoding."
                raise faulty(place, "unreadable-file", f"{path}: {exc}.", remedy) from exc
        return self._texts[key]

    def json(self, path: Path, place: Place, encoding: str = "utf-8") -> object:
        """Read a file of JSON."""
        try:
            return json.loads(self.text(path, place, encoding))
        except (json.JSONDecodeError, RecursionError) as exc:
            raise faulty(place, "unreadable-file", f"{path} is no JSON: {exc}.", "Mend the file.") from exc

    # ---- references

    @contextmanager
    def tracking(self) -> Iterator[set[str]]:
        """Collect the ids of the resources that are referred to in here."""
        self._touched.append(set())
        try:
            yield self._touched[-1]
        finally:
            self._touched.pop()

    def touch(self, ids: set[str]) -> None:
        """Note that resources are referred to."""
        self._touched[-1] |= ids

    # ---- resources

    def add(self, resource: Resource) -> None:
        """Note a resource; the same one twice is a fault."""
        key = resource.id.lower()
        twin = self._deployed.get(key)
        if twin and not resource.existing:
            what = f"{resource.type} {resource.name!r}"
            problem = f"`{resource.symbol}` is the same {what} as `{twin.symbol}` at {twin.place}."
            raise faulty(resource.place, "duplicate-resource", problem, "Give one of them another name.")
        self.resources.append(resource)
        if not resource.existing:
            self._deployed[key] = resource
