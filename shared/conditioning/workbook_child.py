"""A program of its own that prints a worksheet as JSON lines, in bounded memory: ``python workbook_child.py ...``.

A workbook that explodes ends this process and no other. It imports nothing of the project.
"""

import json
import resource
import sys
from datetime import date, datetime

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

_EXACT_DIGITS = 15  # what Excel shows of a number


def main(path: str, sheet: str, by_name: str, most_cells: str, memory_bytes: str) -> None:
    """Print one JSON list of texts for every row, then ``{"end": true}``, or ``{"reason": ..., "detail": ...}``."""
    resource.setrlimit(resource.RLIMIT_AS, (int(memory_bytes), int(memory_bytes)))
    try:
        worksheet = _open(path, sheet, by_name=by_name == "name")
        height, width = worksheet.total_height, worksheet.total_width
        if height * width > int(most_cells):
            return _say({"reason": "too_many_cells", "detail": f"{height:,} rows x {width:,} columns"})
        for row in worksheet.iter_rows():
            _say([text(cell) for cell in row])
    except PasswordError as exc:
        return _say({"reason": "encrypted", "detail": str(exc)})
    except LookupError as exc:
        return _say({"reason": "missing_sheet", "detail": str(exc)})
    except (CalamineError, OSError, ValueError) as exc:
        return _say({"reason": "damaged", "detail": str(exc)})
    return _say({"end": True})


def _say(message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")


def _open(path: str, sheet: str, *, by_name: bool) -> CalamineSheet:
    workbook = CalamineWorkbook.from_path(path)
    names = workbook.sheet_names
    if by_name:
        if sheet not in names:
            raise LookupError(f"No sheet {sheet!r}; the workbook has {', '.join(map(repr, names))}")
        return workbook.get_sheet_by_name(sheet)
    if int(sheet) >= len(names):
        raise LookupError(f"No sheet number {sheet} (from 0); the workbook has {len(names)}")
    return workbook.get_sheet_by_index(int(sheet))


def text(cell: object) -> str:
    """Write a cell as text: whole numbers without a point, dates in ISO 8601."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return (
            f"{cell:.0f}"
            if cell.is_integer() and abs(cell) < 10**_EXACT_DIGITS
            else f"{cell:.{_EXACT_DIGITS}g}"
        )
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


if __name__ == "__main__":
    main(*sys.argv[1:])
