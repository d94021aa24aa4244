"""Definitions of tomorrow: what they say in a way that is not known yet ends in an error that says what to do."""

import json

import pytest

from infra.check.types.kinds import Book
from shared.errors import ShelfcastError


def test_a_kind_that_is_not_known_is_named_with_its_file_and_what_to_do(tmp_path):
    path = tmp_path / "types.json"
    path.write_text(json.dumps([{"$type": "StringType"}, {"$type": "QuantumType"}]))
    book = Book(path)
    assert book.kind(0)
    with pytest.raises(ShelfcastError, match=r"types\.json.*QuantumType.*SHELFCAST_BICEP_TYPES"):
        book.kind(1)
