"""Holds a text against the grammar that others publish for Bicep, tree-sitter-bicep.

That grammar is older than some of the language and does not mind line ends, so it is no reader but a second opinion:
what it does not know is blanked out first by texts of the same length, so that lines stay what they are.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

from infra.check.model import Fault, Place


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_bicep.language()))


def second_opinion(text: str, rewrites: Iterable[tuple[int, str]], path: Path) -> list[Fault]:
    """Return what the published grammar cannot read.

    Parameters
    ----------
    text : str
        The file's text.
    rewrites : iterable of (int, str)
        Where the grammar falls short, and what it shall read there instead.
    path : Path
        The file's path in the repository.
    """
    letters = list(text)
    for start, instead in rewrites:
        letters[start : start + len(instead)] = instead
    tree = _parser().parse("".join(letters).encode())
    return [_fault(node, path) for node in _broken(tree.root_node)] if tree.root_node.has_error else []


def _broken(node: Node) -> Iterator[Node]:
    if node.is_error or node.is_missing:
        yield node
    elif node.has_error:
        for child in node.children:
            yield from _broken(child)


def _fault(node: Node, path: Path) -> Fault:
    found = (node.text or b"").decode(errors="replace").split("\n")[0][:40]
    what = f"`{node.type}` is missing" if node.is_missing else f"`{found}` is not understood"
    return Fault(
        place=Place(path, node.start_point[0] + 1),
        rule="syntax",
        problem=f"By the published grammar, {what}.",
        remedy="Write it more plainly.",
    )
