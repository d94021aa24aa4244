"""What is asked of git."""

import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from shared.errors import ShelfcastError


class NoRepository(ShelfcastError):
    """The folder is no git repository, or git cannot say what is asked."""


@dataclass(frozen=True)
class Repository:
    """A git repository with its files."""

    root: Path

    @cached_property
    def files(self) -> list[Path]:
        """Every tracked file that is there, relative to the root."""
        found = [Path(name) for name in self._git("ls-files", "-z").split("\0") if name]
        return [path for path in found if (self.root / path).is_file()]

    def branch(self) -> str:
        """Return the branch of the folder, its commit where it is on none."""
        return self._git("rev-parse", "--abbrev-ref", "HEAD").strip()

    def branches(self) -> set[str]:
        """Return the names of all branches, here and at origin."""
        refs = self._git("for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes/origin").split()
        return {ref.removeprefix("refs/heads/").removeprefix("refs/remotes/origin/") for ref in refs}

    def contains(self, ref: str) -> bool:
        """Return whether all commits of a reference are in HEAD; so it is where there is no such reference."""
        if self._run("rev-parse", "--verify", "--quiet", ref).returncode:
            return True
        return not self._run("merge-base", "--is-ancestor", ref, "HEAD").returncode

    def text(self, path: Path) -> str:
        """Return a file's text; what is no UTF-8 is empty."""
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return ""

    def _git(self, *arguments: str) -> str:
        ended = self._run(*arguments)
        if ended.returncode:
            raise NoRepository(f"git {' '.join(arguments)} in {self.root}: {ended.stderr.strip()}")
        return ended.stdout

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603 - fixed words
            ["git", "-C", str(self.root), *arguments],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
