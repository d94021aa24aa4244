"""Declarations: described, typed, and secret where they are secrets."""

import re
from collections.abc import Iterator

from infra.check.lint.references import declared, is_secure, secrets_in
from infra.check.model import Fault, Place
from infra.check.syntax.nodes import (
    Call,
    Declaration,
    Expression,
    File,
    Func,
    Literal,
    Name,
    Nullable,
    Object,
    Output,
    Param,
    Property,
    Type,
    Var,
)

PREFIXES = ("Required. ", "Optional. ", "Conditional. ")
SECRET = re.compile(r"password|pwd|secret|account_?key|acct_?key|connection_?string", re.IGNORECASE)
ABOUT_A_SECRET = re.compile(
    r"(name|id|uri|url|version|expiry|length|type|enabled|settings)s?$", re.IGNORECASE
)


def missing_description(file: File) -> Iterator[Fault]:
    """Yield the parameters, outputs and exported declarations that do not say what they are for."""
    for declaration in file.declarations:
        if not isinstance(declaration, Param | Output) and not declaration.decorator("export"):
            continue
        if not (declaration.description or "").strip():
            yield _undescribed(declaration.name, declaration.place)
        if isinstance(declaration, Type):
            for each in declaration.value.find(Property):
                if each.name is not None and not said_of(each):
                    yield _undescribed(each.name, each.place)


def _undescribed(name: str, place: Place) -> Fault:
    return Fault(
        place=place,
        rule="missing-description",
        problem=f"'{name}' is not described.",
        remedy="Add @description('...') above it.",
    )


def said_of(described: Property) -> str:
    """Return the description of a property of a type, empty where it has none."""
    for decorator in described.decorators:
        if decorator.name == "description" and decorator.arguments:
            said = decorator.arguments[0]
            return str(said.value) if isinstance(said, Literal) else ""
    return ""


def description_prefix(file: File) -> Iterator[Fault]:
    """Yield the parameters whose description does not start with whether they have to be given, or says it wrongly."""
    for param in file.of(Param):
        optional = param.default is not None or isinstance(param.type, Nullable)
        yield from _prefix(param.name, param.description or "", optional, param.place)
    for declaration in file.of(Type):
        for each in declaration.value.find(Property):
            if each.name is not None:
                yield from _prefix(each.name, said_of(each), isinstance(each.type, Nullable), each.place)


def _prefix(name: str, said: str, optional: bool, place: Place) -> Iterator[Fault]:
    wrong = "Required. " if optional else "Optional. "
    if not said or (said.startswith(PREFIXES) and not said.startswith(wrong)):
        return
    right = "Optional. " if optional else "Required. "
    because = "can be left out" if optional else "has to be given"
    yield Fault(
        place=place,
        rule="description-prefix",
        problem=f"'{name}' {because}, and its description starts otherwise.",
        remedy=f"Start it with '{right}' or 'Conditional. '.",
    )


def bare_type(file: File) -> Iterator[Fault]:
    """Yield the types `object` and `array`, of which nothing can be checked."""
    for declaration in file.declarations:
        for kind in _types(declaration):
            for name in kind.find(Name):
                if name.name in ("object", "array"):
                    yield Fault(
                        place=name.place,
                        rule="bare-object-type",
                        problem=f"The type `{name.name}` of '{declaration.name}' takes anything.",
                        remedy="Write out what is in it, or import a type from types.bicep.",
                    )


def _types(declaration: Declaration) -> Iterator[Expression]:
    match declaration:
        case Param(type=kind) | Output(type=kind) | Type(value=kind):
            yield kind
        case Var(type=kind) if kind is not None:
            yield kind
        case Func(parameters=parameters, returns=returns):
            yield from (parameter.type for parameter in parameters)
            yield returns


def secure_default(file: File) -> Iterator[Fault]:
    """Yield the secret parameters that have a default, which everybody can read."""
    for param in file.of(Param):
        if is_secure(param) and param.default is not None and not _harmless(param.default):
            yield Fault(
                place=param.default.place,
                rule="secure-default",
                problem=f"The secret '{param.name}' has a default.",
                remedy="Remove the default, or leave it empty.",
            )


def _harmless(default: Expression) -> bool:
    match default:
        case Literal(value="" | None) | Object(entries=()) | Call(name="newGuid", target=None):
            return True
    return False


def unsecured_secret(file: File) -> Iterator[Fault]:
    """Yield the parameters that are secrets by their names, and are shown in every log."""
    for param in file.of(Param):
        if SECRET.search(param.name) and not ABOUT_A_SECRET.search(param.name) and not is_secure(param):
            if isinstance(param.type, Name) and param.type.name in ("bool", "int"):
                continue
            yield Fault(
                place=param.place,
                rule="unsecured-secret",
                problem=f"'{param.name}' is a secret by its name, and is not kept secret.",
                remedy="Add @secure() above it.",
            )


def secret_in_output(file: File) -> Iterator[Fault]:
    """Yield the outputs that tell a secret: outputs are kept with the deployment, for everybody who can read it."""
    names = declared(file)
    for output in file.of(Output):
        secrets = [] if is_secure(output) else sorted(set(secrets_in(output.value, names)))
        for secret in secrets:
            yield Fault(
                place=output.place,
                rule="secret-in-output",
                problem=f"The output '{output.name}' tells a secret: {secret}.",
                remedy="Let who needs it read it with an identity, or mark the output @secure().",
            )
