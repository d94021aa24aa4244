"""Reads types. What values and statements look like is not here."""

from infra.check.syntax.expressions import Expressions
from infra.check.syntax.nodes import (
    ArrayOf,
    Expression,
    Index,
    ItemOf,
    Literal,
    Member,
    Name,
    NonNull,
    Nullable,
    ObjectType,
    Property,
    Tuple,
    TypeCall,
    Unary,
    Union,
)
from infra.check.syntax.tokens import Token

_WORDS = {"true": True, "false": False, "null": None}


class Types(Expressions):
    """Reads types from tokens."""

    def type(self) -> Expression:
        """Read a type; the members of a union may stand on lines of their own."""
        with self.deeper():
            start = self.token.place
            leading = self.past_newline("|") and bool(self.take("|"))
            members = [self.nullable()]
            while self.past_newline("|"):
                self.expect("|")
                members.append(self.nullable())
            return Union(place=start, members=tuple(members)) if leading or len(members) > 1 else members[0]

    def nullable(self) -> Expression:
        """Read a type with the marks that follow it."""
        found = self.signed()
        while self.at("?", "!"):
            mark = self.next()
            self.rewrite(mark, " ")
            kind = Nullable if mark.text == "?" else NonNull
            found = kind(place=found.place, target=found)
        return found

    def signed(self) -> Expression:
        """Read a type, which may be a negative number."""
        sign = self.take("-", "!")
        found = self.part()
        return Unary(place=sign.place, operator=sign.text, operand=found) if sign else found

    def part(self) -> Expression:
        """Read a type with everything that is taken out of it."""
        found = self.single()
        while True:
            if self.take("["):
                found = self.squared(found)
            elif dot := self.take("."):
                found = self.inner(found, dot)
            else:
                return found

    def squared(self, target: Expression) -> Expression:
        """Read `[]`, `[*]` or `[index]` after a type."""
        if self.take("]"):
            return ArrayOf(place=target.place, item=target)
        first = self.position - 1
        index = None if self.take("*") else self.expression()
        self.expect("]")
        self.blank(first)
        if index is None:
            return ItemOf(place=target.place, target=target)
        return Index(place=target.place, target=target, index=index)

    def inner(self, target: Expression, dot: Token) -> Expression:
        """Read what follows a dot after a type."""
        if star := self.take("*"):
            self.rewrite(dot, " ")
            self.rewrite(star, " ")
            return ItemOf(place=target.place, target=target)
        name = self.name()
        if self.at("<"):
            return self.parameterized(name)
        return Member(place=name.place, target=target, name=name.text)

    def single(self) -> Expression:
        """Read a type that nothing is taken out of."""
        token = self.token
        if token.kind == "name":
            return self.named_type()
        if token.kind == "text":
            return self.text()
        if token.kind == "number":
            return Literal(place=token.place, value=int(self.next().text))
        if token.kind == "mark" and token.text in "{[(":
            return {"{": self.object_type, "[": self.tuple, "(": self.bracketed_type}[token.text]()
        return self.refuse("a type")

    def named_type(self) -> Expression:
        """Read what starts with a name."""
        token = self.next()
        if token.text in _WORDS:
            return Literal(place=token.place, value=_WORDS[token.text])
        return self.parameterized(token) if self.at("<") else Name(place=token.place, name=token.text)

    def parameterized(self, name: Token) -> TypeCall:
        """Read the arguments of a type; the published grammar reads the name alone."""
        first = self.position
        self.expect("<")
        arguments = self.listed(">", self.type)
        self.blank(first)
        return TypeCall(place=name.place, name=name.text, arguments=arguments)

    def bracketed_type(self) -> Expression:
        """Read a type in round brackets, which the published grammar does not always know."""
        opening = self.expect("(")
        found = self.type()
        for bracket in (opening, self.expect(")")):
            self.rewrite(bracket, " ")
        return found

    def object_type(self) -> ObjectType:
        """Read an object type."""
        opening = self.expect("{")
        return ObjectType(place=opening.place, properties=self.lines("}", self.type_property))

    def type_property(self) -> Property:
        """Read one property of an object type."""
        decorators = self.decorators()
        place = self.token.place
        name = (
            None if self.take("*") else self.plain_text() if self.token.kind == "text" else self.name().text
        )
        self.expect(":")
        return Property(place=place, name=name, type=self.type(), decorators=decorators)

    def tuple(self) -> Tuple:
        """Read a tuple type; the published grammar reads an empty object type."""
        first = self.position
        opening = self.expect("[")
        items = self.lines("]", self.tuple_item)
        self.blank(first)
        self.rewrite(opening, "{")
        self.rewrite(self.tokens[self.position - 1], "}")
        return Tuple(place=opening.place, items=items)

    def tuple_item(self) -> Property:
        """Read one item of a tuple type."""
        decorators = self.decorators()
        return Property(place=self.token.place, name=None, type=self.type(), decorators=decorators)
