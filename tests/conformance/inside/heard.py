"""What every function did, summed up as a table. What it should have done is in story."""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from worker import Answer


class Heard:
    """The answers of all invocations, by function."""

    def __init__(self) -> None:
        self.calls: dict[str, list[Answer]] = defaultdict(list)

    def hear(self, name: str, answer: Answer) -> None:
        """Remember an answer."""
        self.calls[name].append(answer)

    def table(self, functions: Mapping[str, Any]) -> str:
        """Return a line per function: trigger, calls, result, and the first and all calls' milliseconds."""
        rows = [("function", "trigger", "calls", "result", "first ms", "all ms")]
        rows += [
            self._row(name, functions[name])
            for name in sorted(functions, key=lambda n: (_trigger(functions[n]), n))
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        return "\n".join(
            "  ".join(
                cell.rjust(width) if column in (2, 4, 5) else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in rows
        )

    def _row(self, name: str, function: Any) -> tuple[str, ...]:
        answers = self.calls.get(name, [])
        times = [answer.milliseconds for answer in answers]
        results = "; ".join(sorted({_result(answer) for answer in answers})) or "never invoked"
        return (
            name,
            _trigger(function),
            str(len(answers)),
            results,
            f"{times[0] if times else 0:.0f}",
            f"{sum(times):.0f}",
        )


def _trigger(function: Any) -> str:
    types = (json.loads(binding)["type"] for binding in function.raw_bindings)
    return next(kind for kind in types if kind.endswith("Trigger"))


def _result(answer: Answer) -> str:
    if answer.error:
        return f"Failure: {answer.error.splitlines()[0][:60]}"
    if answer.kind == "http":
        return f"HTTP {answer.value.status_code}"
    return "Success" if answer.kind is None else f"Success, {answer.kind}"
