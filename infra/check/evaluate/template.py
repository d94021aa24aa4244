"""A file that is being evaluated: what its declarations are worth, each computed once and when it is asked for."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from infra.check.evaluate.boundary import check_arguments, check_given, check_variable, output, parameter
from infra.check.evaluate.environment import Environment, Names
from infra.check.evaluate.expressions import evaluate, properties
from infra.check.evaluate.ids import Scope
from infra.check.evaluate.resources import depended_on, deploy, each, ids_of, scope_of
from infra.check.evaluate.run import Run
from infra.check.evaluate.values import Symbol, faulty
from infra.check.model import Fault, Faulty, Node, Place
from infra.check.syntax.nodes import (
    Declaration,
    Func,
    Import,
    Literal,
    ModuleDecl,
    Object,
    Param,
    ParamAssignment,
    ResourceDecl,
    TargetScope,
    Type,
    Var,
)
from infra.check.syntax.nodes import Output as OutputDecl

Found = TypeVar("Found", bound=Declaration)
_VALUED = (Param, ParamAssignment, Var, ResourceDecl, ModuleDecl)


@dataclass(kw_only=True)
class Template:
    """A file with the parameters that it is given.

    Parameters
    ----------
    path : Path
        The file, relative to the repository.
    run : Run
        The state of the run.
    scope : Scope
        What it is deployed to.
    module : tuple of str
        Symbols of the modules that lead here.
    given : mapping
        The parameters that it is given.
    place : Place, optional
        Where it is called, which is to blame for missing parameters; None for a file that is imported from.
    needs : set of str
        Ids of the resources that everything in here depends on.
    """

    path: Path
    run: Run
    scope: Scope
    module: tuple[str, ...] = ()
    given: dict[str, Node] = field(default_factory=dict)
    place: Place | None = None
    needs: frozenset[str] = frozenset()
    callers: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        self.file = self.run.file(self.path)
        self.is_parameters = self.path.suffix == ".bicepparam"
        self.seen = Environment(self)
        self._imports = {s.name: (i, s.original) for i in self.file.of(Import) for s in i.symbols}
        self._libraries: dict[str, Template] = {}
        self._values: dict[str, tuple[Node, frozenset[str]] | Faulty] = {}
        self._open: list[str] = []
        self._declared: dict[str, Declaration] = {}
        for declaration in self.file.declarations:
            if isinstance(declaration, _VALUED):
                self._declared.setdefault(declaration.name, declaration)

    # ---- names

    def value(self, name: str) -> Node | None:
        """Return the value of a declaration, None where there is no such one."""
        if name in self._imports:
            statement, original = self._imports[name]
            return self._library(statement).exported(original, statement.place)
        declaration = self._declared.get(name)
        if declaration is None:
            return None
        if name not in self._values:
            self._compute(declaration)
        found = self._values[name]
        if isinstance(found, Faulty):
            raise found
        self.run.touch(set(found[1]))
        return found[0]

    def exported(self, name: str, place: Place) -> Node | None:
        """Return the value of a declaration that other files may import."""
        self._check_export(self.file.named(name), name, place)
        return self.value(name)

    def namespace(self, name: str) -> "Template | None":
        """Return the file that is imported as a whole under a name."""
        statement = next((i for i in self.file.of(Import) if i.name == name), None)
        return self._library(statement) if statement else None

    def declared_type(self, name: str, asked: Place | None = None) -> tuple[Type, Names] | None:
        """Return a type with the file that declares it; where another file asks, it has to be exported."""
        return self._find(name, Type, asked)

    def declared_function(self, name: str, asked: Place | None = None) -> tuple[Func, Names] | None:
        """Return a function with the file that declares it; where another file asks, it has to be exported."""
        return self._find(name, Func, asked)

    def check_arguments(self, function: Func, arguments: Mapping[str, Node], place: Place) -> None:
        """Report arguments that are not of the types that a function of this file declares."""
        check_arguments(function, arguments, self, place)

    def _find(self, name: str, kind: type[Found], asked: Place | None) -> "tuple[Found, Names] | None":
        if asked:
            self._check_export(self.file.named(name), name, asked)
        if name in self._imports:
            statement, original = self._imports[name]
            return self._library(statement)._find(original, kind, statement.place)
        found = next((declaration for declaration in self.file.of(kind) if declaration.name == name), None)
        return (found, self) if found else None

    def _check_export(self, declaration: Declaration | None, name: str, place: Place) -> None:
        if declaration is None or not declaration.decorator("export"):
            what = "does not export" if declaration else "declares no"
            raise faulty(
                place,
                "not-exported",
                f"{self.path} {what} `{name}`.",
                "Put @export() there, or mend the name.",
            )

    def _library(self, statement: Import) -> "Template":
        if statement.path not in self._libraries:
            path = self.run.inside(self.path, statement.path, statement.place)
            if path in (*self.callers, self.path):
                raise faulty(
                    statement.place,
                    "cycle",
                    f"{path} imports itself.",
                    "Move what is shared to another file.",
                )
            self._libraries[statement.path] = Template(
                path=path, run=self.run, scope=self.scope, callers=(*self.callers, self.path)
            )
        return self._libraries[statement.path]

    # ---- values

    def _compute(self, declaration: Declaration) -> None:
        name = declaration.name
        if name in self._open:
            circle = " -> ".join(f"`{step}`" for step in (*self._open[self._open.index(name) :], name))
            raise faulty(declaration.place, "cycle", f"These need each other: {circle}.", "Break the circle.")
        self._open.append(name)
        try:
            with self.run.tracking() as touched:
                node = self._evaluated(declaration, touched)
            self._values[name] = (node, frozenset(touched))
        except (Faulty, RecursionError) as exc:
            failure = exc if isinstance(exc, Faulty) else _too_deep(declaration)
            self.run.report(failure.fault)
            self._values[name] = failure
        finally:
            self._open.pop()

    def _evaluated(self, declaration: Declaration, touched: set[str]) -> Node:
        if isinstance(declaration, Param):
            return parameter(declaration, self, self.given, self.place)
        if isinstance(declaration, Var | ParamAssignment):
            node = replace(evaluate(declaration.value, self.seen), place=declaration.place)
            check_variable(declaration, node, self)
            return node
        if isinstance(declaration, ResourceDecl):
            node = deploy(declaration, self.seen)
            touched.clear()
            touched |= ids_of(node)
            return node
        assert isinstance(declaration, ModuleDecl)
        return self._module(declaration, touched)

    # ---- modules

    def _module(self, declaration: ModuleDecl, touched: set[str]) -> Node:
        path = self._module_path(declaration)
        seen_before = len(self.run.resources)
        node = each(
            declaration.body,
            self.seen,
            declaration,
            lambda body, seen: self._enter(declaration, path, body, seen),
        )
        made = {resource.id for resource in self.run.resources[seen_before:] if not resource.existing}
        touched.clear()
        touched |= made
        return node

    def _module_path(self, declaration: ModuleDecl) -> Path:
        if not declaration.path.endswith(".bicep"):
            problem = f"{declaration.path} is no file of Bicep."
            raise faulty(declaration.place, "module-not-local", problem, "Keep modules in the repository.")
        path = self.run.inside(self.path, declaration.path, declaration.place)
        if path in (*self.callers, self.path):
            raise faulty(declaration.place, "cycle", f"{path} calls itself.", "Break the circle.")
        return path

    def _enter(self, declaration: ModuleDecl, path: Path, body: Object, seen: Environment) -> Node:
        """Evaluate one call of a module."""
        with self.run.tracking() as touched:
            own = properties(body, seen, without=("scope", "dependsOn"))
            scope = scope_of(body, seen) or self.scope
            depended_on(body, seen)
        given = own["params"].value if "params" in own else {}
        inner = Template(
            path=path, run=self.run, scope=scope, module=(*self.module, declaration.name),
            given=given if isinstance(given, dict) else {}, place=declaration.place,
            needs=self.needs | touched, callers=(*self.callers, self.path),
        )  # fmt: skip
        outputs = Symbol(inner.deploy(), label=declaration.name, sealed=True)
        name = own.get("name", Node(declaration.name, declaration.place))
        known = {"name": name, "outputs": Node(outputs, declaration.place)}
        return Node(Symbol(known, label=declaration.name, sealed=True), declaration.place)

    # ---- all of it

    def deploy(self) -> dict[str, Node]:
        """Evaluate everything in the file, return its outputs."""
        self._check_scope()
        check_given(self.file, self.given, self.run)
        for name in self._declared:
            with suppress(Faulty):  # it is reported where it is found
                self.value(name)
        outputs: dict[str, Node] = {}
        for declaration in self.file.of(OutputDecl):
            outputs[declaration.name] = output(declaration, self)
        return outputs

    def parameters(self) -> dict[str, Node]:
        """Return the values of the parameters."""
        found: dict[str, Node] = {}
        for declaration in (*self.file.of(Param), *self.file.of(ParamAssignment)):
            with suppress(Faulty):  # it is reported where it is found
                found[declaration.name] = self.value(declaration.name) or Node(None, declaration.place)
        return found

    def _check_scope(self) -> None:
        declared = next(iter(self.file.of(TargetScope)), None)
        wanted = declared.value.value if declared and isinstance(declared.value, Literal) else "resourceGroup"
        if wanted != self.scope.kind and self.place:
            problem = f"{self.path} is for a {wanted}, but deployed to a {self.scope.kind}."
            remedy = "Give it another `scope:`, or another targetScope."
            self.run.report(Fault(place=self.place, rule="wrong-scope", problem=problem, remedy=remedy))


def _too_deep(declaration: Declaration) -> Faulty:
    problem = f"`{declaration.name}` needs too many other things, one behind the other."
    return faulty(declaration.place, "too-deep", problem, "Make the chain shorter.")
