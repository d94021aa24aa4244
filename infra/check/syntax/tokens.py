"""Cuts a text of Bicep into tokens. What they mean together is not here."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infra.check.model import Fault, Faulty, Place

Kind = Literal["name", "number", "text", "mark", "newline", "end"]
DEEPEST = 40  # levels of nesting; nobody writes that many, and the reader's own stack is finite

_SKIPPED = re.compile(r"(?:[ \t\f]+|//[^\r\n]*|/\*.*?\*/|#(?:disable|restore)[^\r\n]*)+", re.DOTALL)
_NEWLINES = re.compile(r"\r\n|\n|\r")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"[0-9]+(?![A-Za-z_0-9])")
_MULTILINE = re.compile(r"'''(?:\r?\n)?(.*?'{0,2})'''(?!')", re.DOTALL)
_PLAIN = re.compile(r"(?:[^'\\$\r\n]|\$(?!\{))+")
_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|([\\'nrt$]))")
_MARK = re.compile(r"\.\.\.|=>|==|=~|!=|!~|>=|<=|&&|\|\||\?\?|::|[{}()\[\],.:=?!@|<>+\-*/%^]")
_ESCAPED = {"\\": "\\", "'": "'", "n": "\n", "r": "\r", "t": "\t", "$": "$"}


@dataclass(frozen=True)
class Token:
    """A piece of text with its place; `parts` are a text's plain pieces and the tokens of its holes."""

    kind: Kind
    text: str
    start: int
    place: Place
    parts: "tuple[str | tuple[Token, ...], ...]" = ()


def syntax_fault(place: Place, problem: str, remedy: str) -> Faulty:
    """Return the error that tells what does not read as Bicep."""
    return Faulty(Fault(place=place, rule="syntax", problem=problem, remedy=remedy))


def tokens_of(text: str, path: Path) -> tuple[Token, ...]:
    """Cut a text into tokens; many line ends in a row are one token."""
    return _Lexer(text, path).run()


class _Lexer:
    def __init__(self, text: str, path: Path) -> None:
        self.text, self.path, self.here, self.depth = text, path, 0, 0
        self.starts = [0, *(match.end() for match in _NEWLINES.finditer(text))]

    def place(self, at: int | None = None) -> Place:
        return Place(self.path, bisect_right(self.starts, self.here if at is None else at))

    def run(self) -> tuple[Token, ...]:
        tokens = self.until(None)
        return (*tokens, self.token("end", self.here))

    def token(self, kind: Kind, start: int, *parts: str | tuple[Token, ...]) -> Token:
        return Token(kind, self.text[start : self.here], start, self.place(start), parts)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.here)
        if match:
            self.here = match.end()
        return match

    def until(self, closing: str | None) -> list[Token]:
        """Read tokens up to the brace that closes a hole, or to the end of the text."""
        found: list[Token] = []
        braces = 0
        while self.skip() < len(self.text):
            if closing and not braces and self.text[self.here] == closing:
                break
            token = self.one()
            braces += (token.text == "{") - (token.text == "}")
            if not (token.kind == "newline" and found and found[-1].kind == "newline"):
                found.append(token)
        return found

    def skip(self) -> int:
        self.take(_SKIPPED)
        return self.here

    def one(self) -> Token:
        start = self.here
        kinds: tuple[tuple[re.Pattern[str], Kind], ...] = (
            (_NEWLINES, "newline"), (_NAME, "name"), (_NUMBER, "number"), (_MARK, "mark"),
        )  # fmt: skip
        if self.text[start] == "'":
            return self.quoted(start)
        for pattern, kind in kinds:
            if self.take(pattern):
                return self.token(kind, start)
        raise syntax_fault(
            self.place(), f"{self.text[start]!r} means nothing here.", "Remove it, or close what is open."
        )

    def quoted(self, start: int) -> Token:
        multiline = self.take(_MULTILINE)
        if multiline:
            return self.token("text", start, multiline[1].replace("\r\n", "\n"))
        self.here += 1
        parts: list[str | tuple[Token, ...]] = [""]
        while not self.closes(start):
            self.piece(parts)
        return self.token("text", start, *parts)

    def closes(self, start: int) -> bool:
        rest = self.text[self.here : self.here + 1]
        if rest in ("", "\r", "\n"):
            raise syntax_fault(
                self.place(start), "The text has no end on its line.", "Close it with a quote."
            )
        self.here += rest == "'"
        return rest == "'"

    def piece(self, parts: list[str | tuple[Token, ...]]) -> None:
        plain = self.take(_PLAIN)
        if plain:
            parts.append(plain[0])
        elif self.text.startswith("${", self.here):
            parts.append(self.hole())
        else:
            parts.append(self.escaped())

    def escaped(self) -> str:
        match = self.take(_ESCAPE)
        code = int(match[1], 16) if match and match[1] else 0
        if match is None or code > 0x10FFFF:
            raise syntax_fault(
                self.place(), "Bicep does not know this escape.", r"Use one of \\ \' \n \r \t \$ \u{...}."
            )
        return chr(code) if match[1] else _ESCAPED[match[2]]

    def hole(self) -> tuple[Token, ...]:
        start, self.here = self.here, self.here + 2
        self.depth += 1
        if self.depth > DEEPEST:
            raise syntax_fault(self.place(), "Texts are nested too deeply.", "Use variables.")
        inner = self.until("}")
        self.depth -= 1
        if self.here >= len(self.text) or self.place() != self.place(start):
            raise syntax_fault(
                self.place(start), "The hole `${` has no end on its line.", "Close it with `}`."
            )
        end = self.token("end", self.here)
        self.here += 1
        return (*inner, end)
