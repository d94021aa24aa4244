"""Who uses a contract: files of the repository in which its names stand, found by searching. Judging is not here."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pathspec import PathSpec

from infra.check.model import Place

NO_WORD_BEFORE, NO_WORD_AFTER = r"(?<![\w/.-])", r"(?![\w/-])"
_CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Mention:
    """Patterns that all have to stand in a file for it to use a name; the last one is the name's own."""

    patterns: tuple[str, ...]

    @property
    def own(self) -> str:
        """The name's own pattern."""
        return self.patterns[-1]


def word(text: str) -> str:
    """Return the pattern of a word or dotted name."""
    return NO_WORD_BEFORE + re.escape(text) + NO_WORD_AFTER


def read_files(root: Path, paths: Iterable[str]) -> dict[str, str]:
    """Return the text of files that may use a contract; of prose only what is written as code."""
    return {
        path: _code(path, (root / path).read_text(errors="replace"))
        for path in paths
        if (root / path).is_file()
    }


def _code(path: str, text: str) -> str:
    """Blank out everything of a Markdown file but its code, and keep its lines."""
    if not path.endswith(".md"):
        return text
    kept, end = [], 0
    for found in _CODE.finditer(text):
        kept += ["\n" * text.count("\n", end, found.start()), " ", found[0]]
        end = found.end()
    return "".join(kept)


def uses(mention: Mention, files: Mapping[str, str], where: PathSpec) -> list[Place]:
    """Return the first line of each file that uses a name."""
    patterns = [re.compile(pattern) for pattern in mention.patterns]
    found = []
    for path, text in files.items():
        if where.match_file(path) and all(pattern.search(text) for pattern in patterns):
            match = patterns[-1].search(text)
            found.append(Place(Path(path), text.count("\n", 0, match.start()) + 1 if match else 1))
    return sorted(found)
