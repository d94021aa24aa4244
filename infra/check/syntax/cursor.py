"""Walks over tokens: look ahead, expect, lists between brackets. Which tokens make what is not here."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Never, TypeVar

from infra.check.model import Faulty
from infra.check.syntax.tokens import DEEPEST, Token, syntax_fault

Part = TypeVar("Part")
STATEMENTS = (
    "@",
    "targetScope",
    "metadata",
    "import",
    "param",
    "var",
    "type",
    "func",
    "resource",
    "module",
    "output",
    "using",
)


class Cursor:
    """A position in a sequence of tokens.

    `rewrites` collects what the published grammar does not know (see infra.check.syntax.witness): start, end and
    the text of the same length to put there instead.
    """

    def __init__(self, tokens: Sequence[Token], rewrites: list[tuple[int, str]], depth: int = 0) -> None:
        self.tokens, self.rewrites, self.position, self.depth = tokens, rewrites, 0, depth

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.position]

    def ahead(self, steps: int = 1) -> Token:
        """Return the token so many steps after the next; the end stays the end."""
        return self.tokens[min(self.position + steps, len(self.tokens) - 1)]

    def next(self) -> Token:
        """Take the next token."""
        token = self.token
        self.position = min(self.position + 1, len(self.tokens) - 1)
        return token

    def at(self, *texts: str) -> bool:
        """Tell whether the next token is one of these marks or words."""
        return self.token.kind in ("mark", "name") and self.token.text in texts

    def take(self, *texts: str) -> Token | None:
        """Take the next token if it is one of these marks or words."""
        return self.next() if self.at(*texts) else None

    def expect(self, text: str) -> Token:
        """Take a mark or a word that has to stand here."""
        return self.take(text) or self.refuse(f"`{text}`")

    def name(self) -> Token:
        """Take a name that has to stand here."""
        return self.next() if self.token.kind == "name" else self.refuse("a name")

    def plain_text(self) -> str:
        """Take a text without holes that has to stand here."""
        if self.token.kind == "text" and all(isinstance(part, str) for part in self.token.parts):
            return "".join(part for part in self.next().parts if isinstance(part, str))
        return self.refuse("a text without holes")

    def refuse(self, expected: str) -> Never:
        """Raise the fault that something else has to stand here."""
        found = {"newline": "the end of the line", "end": "the end"}.get(
            self.token.kind, f"`{self.token.text}`"
        )
        raise syntax_fault(self.token.place, f"Found {found}.", f"Write {expected} here.")

    def newlines(self) -> bool:
        """Take the end of the line, tell whether there was one."""
        return self.token.kind == "newline" and bool(self.next())

    def past_newline(self, *texts: str) -> bool:
        """Tell whether one of these marks stands here or on the next line; if so, go to it."""
        token = self.ahead() if self.token.kind == "newline" else self.token
        found = token.kind == "mark" and token.text in texts
        if found:
            self.newlines()
        return found

    def rewrite(self, token: Token, text: str) -> None:
        """Note what the published grammar shall read in a token's place; line ends stay."""
        if token.kind == "newline":
            return
        self.rewrites.append((token.start, text.ljust(len(token.text))))

    def blank(self, first: int) -> None:
        """Note that the published grammar shall read nothing from a token on up to here."""
        for token in self.tokens[first : self.position]:
            self.rewrite(token, " ")

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Count a level of nesting."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise syntax_fault(self.token.place, "This is nested too deeply.", "Use variables.")
        yield
        self.depth -= 1

    def lines(self, closing: str, one: Callable[[], Part]) -> tuple[Part, ...]:
        """Read parts of an object or an array up to its end, each on its line or after a comma."""
        found: list[Part] = []
        self.newlines()
        while not self.at(closing):
            found.append(one())
            if not (self.newlines() or self.take(",") or self.at(closing)):
                self.refuse(f"`,`, a new line or `{closing}`")
            if self.token.kind == "newline":
                self.refuse("the next one on the line of the comma, or no comma")
        self.expect(closing)
        return tuple(found)

    def listed(self, closing: str, one: Callable[[], Part]) -> tuple[Part, ...]:
        """Read arguments up to the closing bracket; lines may end after the opening one and after commas."""
        found: list[Part] = []
        self.newlines()
        while not self.at(closing):
            found.append(one())
            if self.take(","):
                self.newlines()
                if self.at(closing):
                    self.refuse("another argument, or no comma,")
            elif not self.at(closing):
                self.newlines()
                if not self.at(closing):
                    self.refuse(f"`,` or `{closing}`")
        self.expect(closing)
        return tuple(found)

    def attempt(self, one: Callable[[], Part], faults: list[Faulty]) -> Part | None:
        """Read a statement; where it cannot be read, note why and go to the start of the next one."""
        start, self.depth = self.position, 0
        try:
            return one()
        except Faulty as faulty:
            faults.append(faulty)
            self.position = max(self.position, start)
            self.recover()
            return None

    def recover(self) -> None:
        """Go on to a line end that a statement may follow."""
        while self.token.kind != "end":
            if self.next().kind == "newline" and (self.token.text in STATEMENTS or self.token.kind == "end"):
                return
