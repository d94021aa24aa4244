"""Reads statements: what a file of Bicep, or of its parameters, declares."""

from collections.abc import Callable

from infra.check.model import Faulty
from infra.check.syntax.nodes import (
    Declaration,
    Decorator,
    Expression,
    Func,
    Import,
    Imported,
    Metadata,
    ModuleDecl,
    Output,
    Param,
    ParamAssignment,
    Parameter,
    ResourceDecl,
    TargetScope,
    Type,
    Using,
    Var,
)
from infra.check.syntax.tokens import syntax_fault
from infra.check.syntax.type_expressions import Types

Decorators = tuple[Decorator, ...]


class Declarations(Types):
    """Reads statements from tokens; `parameters` tells that they are of a parameter file."""

    parameters = False

    def file(self) -> tuple[list[Declaration], list[Faulty]]:
        """Read all statements; those that cannot be read are told as faults."""
        found: list[Declaration] = []
        faults: list[Faulty] = []
        self.newlines()
        while self.token.kind != "end":
            declaration = self.attempt(self.statement, faults)
            if declaration:
                found.append(declaration)
        return found, faults

    def statement(self) -> Declaration:
        """Read a statement with its decorators, and the line end after it."""
        decorators = self.decorators()
        readers = self.readers()
        if self.token.kind != "name" or self.token.text not in readers:
            self.refuse("a statement such as " + ", ".join(f"`{word}`" for word in readers))
        found = readers[self.token.text](decorators)
        if not self.newlines() and self.token.kind != "end":
            self.refuse("nothing more on this line, or an operator,")
        return found

    def readers(self) -> dict[str, Callable[[Decorators], Declaration]]:
        """Return what reads the statement of each word."""
        shared: dict[str, Callable[[Decorators], Declaration]] = {
            "var": self.variable, "type": self.type_declaration, "import": self.imported, "func": self.function,
        }  # fmt: skip
        if self.parameters:
            return {"using": self.using, "param": self.assignment} | shared
        return shared | {
            "targetScope": self.target_scope, "metadata": self.metadata, "param": self.parameter,
            "resource": self.resource, "module": self.module, "output": self.output,
        }  # fmt: skip

    def target_scope(self, decorators: Decorators) -> TargetScope:
        """Read `targetScope = value`."""
        start = self.expect("targetScope")
        return TargetScope(place=start.place, decorators=decorators, value=self.assigned())

    def assigned(self) -> Expression:
        """Read `= value`."""
        self.expect("=")
        return self.expression()

    def metadata(self, decorators: Decorators) -> Metadata:
        """Read `metadata name = value`."""
        start = self.expect("metadata")
        name = self.name().text
        return Metadata(place=start.place, decorators=decorators, name=name, value=self.assigned())

    def variable(self, decorators: Decorators) -> Var:
        """Read `var name = value`, or `var name type = value`."""
        start = self.expect("var")
        name = self.name().text
        kind = None if self.at("=") else self.blanked_type()
        return Var(place=start.place, decorators=decorators, name=name, type=kind, value=self.assigned())

    def blanked_type(self) -> Expression:
        """Read the type of a variable, which the published grammar does not know."""
        first, kind = self.position, self.type()
        self.blank(first)
        return kind

    def parameter(self, decorators: Decorators) -> Param:
        """Read `param name type`, perhaps with a default."""
        start = self.expect("param")
        name, kind = self.name().text, self.type()
        default = self.assigned() if self.at("=") else None
        return Param(place=start.place, decorators=decorators, name=name, type=kind, default=default)

    def assignment(self, decorators: Decorators) -> ParamAssignment:
        """Read `param name = value` of a parameter file; the published grammar reads a variable."""
        start = self.expect("param")
        self.rewrite(start, "var")
        name = self.name().text
        return ParamAssignment(place=start.place, decorators=decorators, name=name, value=self.assigned())

    def type_declaration(self, decorators: Decorators) -> Type:
        """Read `type name = type`."""
        start = self.expect("type")
        name = self.name().text
        self.expect("=")
        return Type(place=start.place, decorators=decorators, name=name, value=self.type())

    def function(self, decorators: Decorators) -> Func:
        """Read `func name(parameters) type => body`."""
        start = self.expect("func")
        name = self.name().text
        self.expect("(")
        parameters = self.listed(")", self.function_parameter)
        returns = self.type()
        self.expect("=>")
        self.newlines()
        return Func(
            place=start.place, decorators=decorators, name=name,
            parameters=parameters, returns=returns, body=self.expression(),
        )  # fmt: skip

    def function_parameter(self) -> Parameter:
        """Read one parameter of a function."""
        name = self.name()
        return Parameter(place=name.place, name=name.text, type=self.type())

    def child(self, decorators: Decorators) -> ResourceDecl:
        """Read a resource that is declared inside another."""
        return self.resource(decorators)

    def resource(self, decorators: Decorators) -> ResourceDecl:
        """Read `resource name 'type@version' = body`."""
        start = self.expect("resource")
        name = self.name().text
        kind, at, version = self.plain_text().partition("@")
        existing = bool(self.take("existing"))
        if not kind or (at and not version):
            raise syntax_fault(start.place, "The type lacks a part.", "Write 'Provider/type@version'.")
        return ResourceDecl(
            place=start.place, decorators=decorators, name=name,
            type=kind, api_version=version, existing=existing, body=self.body(),
        )  # fmt: skip

    def module(self, decorators: Decorators) -> ModuleDecl:
        """Read `module name 'path' = body`."""
        start = self.expect("module")
        name, path = self.name().text, self.plain_text()
        return ModuleDecl(place=start.place, decorators=decorators, name=name, path=path, body=self.body())

    def body(self) -> Expression:
        """Read the body of a resource or a module: an object, a condition, a loop."""
        self.expect("=")
        self.newlines()
        if self.at("if"):
            return self.condition()
        return self.array_or_loop() if self.at("[") else self.object()

    def output(self, decorators: Decorators) -> Output:
        """Read `output name type = value`."""
        start = self.expect("output")
        name, kind = self.name().text, self.type()
        return Output(place=start.place, decorators=decorators, name=name, type=kind, value=self.assigned())

    def imported(self, decorators: Decorators) -> Import:
        """Read `import { names } from path`, or `import * as name from path`."""
        start = self.expect("import")
        name = ""
        symbols: tuple[Imported, ...] = ()
        if self.take("*"):
            self.expect("as")
            name = self.name().text
        else:
            self.expect("{")
            symbols = self.symbols()
        self.expect("from")
        path = self.plain_text()
        return Import(place=start.place, decorators=decorators, name=name, path=path, symbols=symbols)

    def symbols(self) -> tuple[Imported, ...]:
        """Read the names of an import; the published grammar reads one, as it knows no names on lines of their own."""
        start = self.position
        found = self.lines("}", self.symbol)
        self.blank(start)
        self.rewrite(self.tokens[self.position - 1], "}")
        first = next((token for token in self.tokens[start : self.position] if token.kind == "name"), None)
        if first:
            self.rewrite(first, first.text)
        return found

    def symbol(self) -> Imported:
        """Read one name of an import."""
        token = self.token
        original = self.plain_text() if token.kind == "text" else self.name().text
        alias = self.name().text if self.take("as") else original
        return Imported(place=token.place, original=original, name=alias)

    def using(self, decorators: Decorators) -> Using:
        """Read `using 'path'`, or `using none`, which the published grammar does not know."""
        start = self.expect("using")
        if none := self.take("none"):
            self.rewrite(start, " ")
            self.rewrite(none, " ")
            return Using(place=start.place, decorators=decorators, path=None)
        return Using(place=start.place, decorators=decorators, path=self.plain_text())


class ParameterFile(Declarations):
    """Reads the statements of a parameter file."""

    parameters = True
