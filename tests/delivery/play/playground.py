"""A repository with the real pipelines and pretended words, which write down that they were called, or fail as told."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from delivery.__main__ import main

ROOT = Path(__file__).parents[3]

MAKEFILE = r"""
.RECIPEPREFIX = >
WORD = $@$(if $(ENV), $(ENV))$(if $(STAGE), $(STAGE))

setup:
>@true

%:
>@echo "$(WORD)" | tee -a words.txt
>@! grep -qxF -e "$(WORD)" failing.txt
>@case $@ in \
>    turn) cat turn.txt ;; \
>    package) mkdir -p build/package && echo bytes > build/package/app.zip ;; \
>    test) mkdir -p build/reports && echo results > build/reports/tests.xml ;; \
>    test-package | deploy-app) grep -q bytes build/package/app.zip ;; \
>esac
"""


@dataclass(frozen=True)
class Playground:
    """The repository."""

    root: Path

    def play(self, *arguments: str) -> int:
        """Play as the command line does."""
        return main(["play", "--root", str(self.root), *arguments])

    @property
    def words(self) -> list[str]:
        """The words that were called, in their order."""
        file = self.root / "words.txt"
        return file.read_text().splitlines() if file.exists() else []

    def forget(self) -> None:
        """Forget which words were called."""
        (self.root / "words.txt").unlink(missing_ok=True)

    def failing(self, *words: str) -> None:
        """Let words fail from now on, such as `validate-models dev data`."""
        (self.root / "failing.txt").write_text("".join(f"{word}\n" for word in words))

    def turn(self, current: bool) -> None:
        """Say whether it is the branch's turn."""
        line = f"##vso[task.setvariable variable=current;isOutput=true]{str(current).lower()}\n"
        (self.root / "turn.txt").write_text(line)

    def edit(self, file: str, old: str, new: str) -> None:
        """Change a pipeline."""
        path = self.root / file
        text = path.read_text()
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new))

    def logs(self, pattern: str = "*") -> list[Path]:
        """The logs of all plays."""
        return sorted((self.root / "build" / "play").glob(f"*/*/*/{pattern}.log"))


def playground(folder: Path) -> Playground:
    """Make it: the repository's own pipelines and environments, and a Makefile that knows every word."""
    shutil.copytree(ROOT / ".azure-pipelines", folder / ".azure-pipelines")
    (folder / "delivery").mkdir()
    shutil.copy(ROOT / "delivery" / "environments.yml", folder / "delivery")
    (folder / "Makefile").write_text(MAKEFILE)
    made = Playground(folder)
    made.failing()
    made.turn(True)
    return made
