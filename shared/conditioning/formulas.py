"""Text that a spreadsheet would execute when somebody opens a CSV file."""

import pyarrow as pa
import pyarrow.compute as pc

# A plain number such as -12 or +1,5 is none.
_EXECUTED = r"(?s)^(?:[=@\t\r]|[+-](?:[^0-9.,]|.*[^0-9.,eE+-]))"


def is_formula(text: pa.Array) -> pa.BooleanArray:
    """Tell where text would be executed; null is not."""
    return pc.match_substring_regex(text, _EXECUTED).fill_null(False)


def harmless(text: pa.Array) -> pa.Array:
    """Put an apostrophe before text that would be executed."""
    return pc.if_else(is_formula(text), pc.binary_join_element_wise("'", text, ""), text)
