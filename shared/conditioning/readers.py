"""Every reader by the type of its format."""

from collections.abc import Iterator
from pathlib import Path

from shared.conditioning.batches import Parse
from shared.conditioning.delimited import read_delimited
from shared.conditioning.limits import Limits
from shared.profile.formats import Delimited, FileFormat


def read(raw: Path, form: FileFormat, *, limits: Limits) -> Iterator[Parse]:
    """Read a raw file as batches of text rows.

    Raises
    ------
    UnreadableFile
        While iterating, or from what is yielded.
    """
    assert isinstance(form, Delimited)
    with raw.open("rb") as stream:
        for _, parse in read_delimited(stream, form, first_row=1, limits=limits):
            yield parse
