"""Why a row or a file is set aside: stable codes, each with its sentence."""

ROW_REASONS: dict[str, str] = {
    "wrong_field_count": "The line has more or fewer fields than the header, or is cut off.",
    "bad_json": "The line is not a JSON object.",
    "dropped_by_hook": "The source's hook left the row out.",
    "no_output": "The row passes the test of none of the source's outputs.",
    "missing_value": "A required value is missing.",
    "unmapped_value": "The value is not in the column's translation.",
    "formula": "A spreadsheet would execute the text.",
    "bad_number": "The text is no number.",
    "non_finite": "The number is infinite or not a number.",
    "bad_date": "The text is no date of the calendar in the column's format, between 1900 and 2100.",
    "before_history": "The date lies before the start of the history.",
    "below_minimum": "The number is below the column's minimum, such as negative units.",
    "above_maximum": "The number is above the column's maximum.",
    "not_one_of": "The value is none of those that the column allows.",
    "duplicate": "The row repeats the one before it with the same key, value by value.",
}

FILE_REASONS: dict[str, str] = {
    "empty": "The file holds nothing.",
    "binary": "The file is no text, where text is expected.",
    "wrong_encoding": "The bytes are not in the declared encoding.",
    "wrong_format": "The file is of another format than declared.",
    "damaged": "The file is cut off or damaged.",
    "encrypted": "The file is protected by a password.",
    "nested_archive": "An archive lies in an archive.",
    "too_large_when_unpacked": "The file would explode when unpacked.",
    "too_many_members": "The archive holds too many files.",
    "too_many_columns": "The header has too many columns.",
    "too_many_cells": "The worksheet spans too many cells.",
    "nested_too_deeply": "JSON is nested too deeply.",
    "line_too_long": "A line is too long.",
    "missing_column": "A column that the profile names is not there.",
    "missing_sheet": "The worksheet that the profile names is not there.",
    "hook_failed": "The source's hook raised an error.",
    "gave_up": "Conditioning broke down on it again and again.",
}

CODES: tuple[str, ...] = ("", *ROW_REASONS)
"""Row reasons by their number in fault arrays; 0 is no fault."""

NUMBER: dict[str, int] = {reason: number for number, reason in enumerate(CODES)}
