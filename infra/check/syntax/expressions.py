"""Reads expressions. What types and statements look like is not here."""

from infra.check.model import Place
from infra.check.syntax.cursor import Cursor
from infra.check.syntax.nodes import (
    Array,
    Binary,
    Call,
    Decorator,
    Entry,
    Expression,
    For,
    If,
    Index,
    Interpolated,
    Lambda,
    Literal,
    Member,
    Name,
    Nested,
    NonNull,
    Object,
    ResourceDecl,
    Spread,
    Ternary,
    Unary,
)
from infra.check.syntax.tokens import Token, syntax_fault

STRENGTH = {
    "*": 100, "/": 100, "%": 100, "+": 90, "-": 90, ">": 80, "<": 80, ">=": 80, "<=": 80,
    "==": 70, "!=": 70, "=~": 70, "!~": 70, "&&": 50, "||": 40, "??": 30,
}  # fmt: skip
_WORDS = {"true": True, "false": False, "null": None}


class Expressions(Cursor):
    """Reads expressions from tokens."""

    def expression(self) -> Expression:
        """Read an expression."""
        with self.deeper():
            found = self.binary(0)
            return self.ternary(found) if self.past_newline("?") else found

    def ternary(self, condition: Expression) -> Ternary:
        """Read what follows a condition; its parts may stand on lines of their own."""
        self.expect("?")
        then = self.expression()
        self.past_newline(":")
        self.expect(":")
        return Ternary(place=condition.place, condition=condition, then=then, otherwise=self.expression())

    def binary(self, weakest: int) -> Expression:
        """Read operators that bind more strongly than a limit."""
        found = self.unary()
        while self.token.kind == "mark" and STRENGTH.get(self.token.text, 0) > weakest:
            operator = self.next()
            right = self.binary(STRENGTH[operator.text])
            found = Binary(place=found.place, operator=operator.text, left=found, right=right)
        return found

    def unary(self) -> Expression:
        """Read an operand with its sign."""
        sign = self.take("!", "-")
        found = self.member()
        return Unary(place=sign.place, operator=sign.text, operand=found) if sign else found

    def member(self) -> Expression:
        """Read an operand with everything that is taken out of it."""
        found = self.primary()
        while True:
            if self.take("["):
                found = self.index(found)
            elif self.take("."):
                found = self.dotted(found)
            elif self.take("::"):
                found = Nested(place=found.place, target=found, name=self.name().text)
            elif self.at("!"):
                self.rewrite(self.next(), " ")
                found = NonNull(place=found.place, target=found)
            else:
                return found

    def index(self, target: Expression) -> Index:
        """Read what stands in square brackets."""
        safe, from_end = self.take("?"), self.take("^")
        for mark in filter(None, (safe, from_end)):
            self.rewrite(mark, " ")
        index = self.expression()
        self.expect("]")
        return Index(place=target.place, target=target, index=index, safe=bool(safe), from_end=bool(from_end))

    def dotted(self, target: Expression) -> Expression:
        """Read what follows a dot: a property, or a call."""
        safe = self.take("?")
        name = self.name()
        if safe:
            self.rewrite(safe, " ")
        if not self.at("("):
            return Member(place=name.place, target=target, name=name.text, safe=bool(safe))
        if safe:
            raise syntax_fault(name.place, "A function cannot be called safely.", "Write `.` for `.?`.")
        return Call(place=name.place, name=name.text, arguments=self.arguments(), target=target)

    def arguments(self) -> tuple[Expression, ...]:
        """Read arguments in their brackets."""
        self.expect("(")
        return self.listed(")", self.expression)

    def primary(self) -> Expression:
        """Read a single operand."""
        token = self.token
        if token.kind == "text":
            return self.text()
        if token.kind == "number":
            return Literal(place=token.place, value=int(self.next().text))
        if token.kind == "name":
            return self.named()
        if token.kind == "mark" and token.text in "{[(":
            return {"{": self.object, "[": self.array_or_loop, "(": self.bracketed}[token.text]()
        return self.refuse("an expression")

    def text(self) -> Expression:
        """Read a text, with holes or without."""
        token = self.next()
        if all(isinstance(part, str) for part in token.parts):
            return Literal(
                place=token.place, value="".join(part for part in token.parts if isinstance(part, str))
            )
        parts = tuple(part if isinstance(part, str) else self.hole(part) for part in token.parts)
        return Interpolated(place=token.place, parts=tuple(part for part in parts if part != ""))

    def hole(self, tokens: tuple[Token, ...]) -> Expression:
        """Read the expression in a text's hole."""
        inner = type(self)(tokens, self.rewrites, self.depth)
        found = inner.expression()
        return found if inner.token.kind == "end" else inner.refuse("`}`")

    def named(self) -> Expression:
        """Read what starts with a name: a word such as `true`, a call, a lambda, or the name alone."""
        token = self.next()
        if token.text in _WORDS:
            return Literal(place=token.place, value=_WORDS[token.text])
        if self.at("("):
            return Call(place=token.place, name=token.text, arguments=self.arguments())
        if self.at("=>"):
            return self.lambda_((token.text,), token.place)
        return Name(place=token.place, name=token.text)

    def lambda_(self, parameters: tuple[str, ...], place: Place) -> Lambda:
        """Read the arrow and the body of a lambda."""
        self.expect("=>")
        self.newlines()
        return Lambda(place=place, parameters=parameters, body=self.expression())

    def bracketed(self) -> Expression:
        """Read an expression in round brackets, or a lambda's parameters and body."""
        opening = self.expect("(")
        inside = self.listed(")", self.expression)
        if self.at("=>"):
            names = tuple(
                part.name if isinstance(part, Name) else self.refuse("names alone") for part in inside
            )
            return self.lambda_(names, opening.place)
        if len(inside) != 1:
            raise syntax_fault(opening.place, f"{len(inside)} expressions in brackets.", "Write one of them.")
        return inside[0]

    def object(self) -> Object:
        """Read an object, or a resource's body with its children."""
        opening = self.expect("{")
        with self.deeper():
            parts = self.lines("}", self.property)
        entries = tuple(part for part in parts if isinstance(part, Entry | Spread))
        children = tuple(part for part in parts if isinstance(part, ResourceDecl))
        return Object(place=opening.place, entries=entries, resources=children)

    def property(self) -> Entry | Spread | ResourceDecl:
        """Read one line of an object."""
        if self.at("..."):
            return self.spread("a: ")
        if self.at("@") or (self.at("resource") and self.ahead().kind == "name"):
            return self.child(self.decorators())
        key = self.key()
        self.expect(":")
        return Entry(place=key.place, key=key, value=self.expression())

    def key(self) -> Expression:
        """Read the key of a line of an object."""
        if self.token.kind == "text":
            return self.text()
        token = self.name()
        return Literal(place=token.place, value=token.text)

    def child(self, decorators: tuple[Decorator, ...]) -> ResourceDecl:
        """Read a resource that is declared inside another."""
        raise NotImplementedError

    def spread(self, instead: str) -> Spread:
        """Read the dots and what is spread."""
        dots = self.expect("...")
        self.rewrite(dots, instead)
        return Spread(place=dots.place, value=self.expression())

    def array_or_loop(self) -> Expression:
        """Read what stands in square brackets: items, or a loop."""
        opening = self.expect("[")
        first = self.ahead() if self.token.kind == "newline" else self.token
        with self.deeper():
            if first.kind == "name" and first.text == "for":
                return self.loop(opening)
            return Array(place=opening.place, items=self.lines("]", self.item))

    def item(self) -> Expression | Spread:
        """Read one item of an array."""
        return self.spread(" ") if self.at("...") else self.expression()

    def loop(self, opening: Token) -> For:
        """Read a loop after its bracket."""
        self.newlines()
        self.expect("for")
        item, index = self.loop_names()
        self.expect("in")
        source = self.expression()
        self.expect(":")
        body = self.condition() if self.at("if") and self.ahead().text == "(" else self.expression()
        self.newlines()
        self.expect("]")
        return For(place=opening.place, item=item, index=index, source=source, body=body)

    def loop_names(self) -> tuple[str, str | None]:
        """Read the names of a loop's item and index."""
        if not self.take("("):
            return self.name().text, None
        item = self.name().text
        self.expect(",")
        index = self.name().text
        self.expect(")")
        return item, index

    def condition(self) -> If:
        """Read a condition and the body that it guards."""
        start = self.expect("if")
        self.expect("(")
        self.newlines()
        condition = self.expression()
        self.newlines()
        self.expect(")")
        return If(place=start.place, condition=condition, body=self.object())

    def decorators(self) -> tuple[Decorator, ...]:
        """Read decorators, each with the line end that follows it."""
        found: list[Decorator] = []
        while start := self.take("@"):
            name = self.name()
            while self.take("."):
                name = self.name()
            found.append(Decorator(place=start.place, name=name.text, arguments=self.arguments()))
            self.newlines()
        return tuple(found)
