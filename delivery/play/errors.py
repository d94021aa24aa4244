"""What the player refuses.

PlayRefused
├── ExpressionRefused   an expression of a pipeline cannot be read, or has no value
└── PipelineRefused     a pipeline or template is wrong: file and remedy are named
"""

from shared.errors import ShelfcastError


class PlayRefused(ShelfcastError):
    """What is asked for cannot be played."""


class ExpressionRefused(PlayRefused):
    """An expression of a pipeline cannot be read, or has no value."""


class PipelineRefused(PlayRefused):
    """A pipeline or a template is wrong.

    Parameters
    ----------
    file : str
        The file, relative to the repository.
    problem, remedy : str
        What is wrong, and what to do about it.
    """

    def __init__(self, file: str, problem: str, remedy: str) -> None:
        super().__init__(f"{file}: {problem} {remedy}")
        self.file, self.problem, self.remedy = file, problem, remedy
