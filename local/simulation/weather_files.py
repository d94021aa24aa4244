"""Observed weather as gzipped nested JSON lines in Fahrenheit and inches, forecasts as zip archives of CSVs."""

import json
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from local.simulation.company import FIRST_WEEK
from local.simulation.dirt import DUPLICATE, Defect, plant, rejected, replace_field
from local.simulation.files import write_gzip, write_zip
from local.simulation.history import History
from local.simulation.streams import stream
from local.simulation.weather import FORECAST_DAYS, ISSUE_HOUR, day_text

_MM_PER_INCH = 25.4


def write_weather_history(history: History, folder: Path) -> list[Defect]:
    """Write one file a year; zip codes came through a spreadsheet and lost their leading zeros."""
    days = range(7 * history.company.size.weeks)
    found: list[Defect] = []
    for year, group in groupby(days, key=lambda day: day_text(day)[:4]):
        name, own = f"observed_{year}.jsonl.gz", list(group)
        lines = [_observed(history, code, day) for day in own for code in sorted(history.weather)]
        rng = stream(history.company.seed, "dirt", "weather_history", year)
        whole = _with_whole_zip(history, len(lines))
        planted = plant(lines, _HISTORY_PLAN, source="weather_history", file=name, rng=rng, among=whole)
        write_gzip(folder / name, planted.lines)
        found += [*planted.defects, *_lost_zeros(history, "weather_history", name, len(own))]
    return found


_HISTORY_PLAN = (
    (DUPLICATE, 3),
    (rejected("impossible_date", "bad_date", lambda line, n: f"{line[:14]}-02-30{line[20:]}"), 1),
    (rejected("truncated_line", "bad_json", lambda line, n: line[: 2 * len(line) // 3]), 1),
)


def _with_whole_zip(history: History, lines: int, rows_per_zip: int = 1) -> list[int]:
    """Return the lines whose zip code has lost nothing; lines go through all zip codes again and again."""
    codes = sorted(history.weather)
    return [line for line in range(lines) if codes[line // rows_per_zip % len(codes)][0] != "0"]


def _observed(history: History, code: str, day: int) -> str:
    weather = history.weather[code]
    return json.dumps(
        {
            "date": day_text(day),
            "station": {"zip": int(code), "network": "café-wx"},
            "temperature_f": {
                "min": round(weather.low_c[day] * 1.8 + 32, 1),
                "max": round(weather.high_c[day] * 1.8 + 32, 1),
            },
            "water_in": {
                "rain": round(weather.rain_mm[day] / _MM_PER_INCH, 2),
                "snow": round(weather.snow_mm[day] / _MM_PER_INCH, 1),
            },
        },
        ensure_ascii=False,
    )


def _lost_zeros(history: History, source: str, name: str, rows_per_zip: int) -> list[Defect]:
    zeros = sum(code.startswith("0") for code in history.weather)
    if not zeros:
        return []
    return [
        Defect(
            kind="lost_leading_zero",
            source=source,
            file=name,
            count=zeros * rows_per_zip,
            found_in="repaired",
            reason="zip_code zeros",
        )
    ]


def write_weather_forecast(history: History, folder: Path) -> list[Defect]:
    """Write one archive a year with a CSV a month of issue; Celsius and millimetres here."""
    issues = range(1, history.company.size.weeks + 1)
    found: list[Defect] = []
    for year, group in groupby(issues, key=lambda issue: _issued(issue).year):
        own = list(group)
        name = f"forecasts_{year}.zip"
        months = {
            f"{month}.csv": [line for issue in grouped for line in _foreseen(history, issue)]
            for month, grouped in groupby(own, key=lambda issue: f"{_issued(issue):%Y-%m}")
        }
        first = next(iter(months))
        rng = stream(history.company.seed, "dirt", "weather_forecast", year)
        planted = plant(
            months[first],
            _FORECAST_PLAN,
            source="weather_forecast",
            file=name,
            rng=rng,
            among=_with_whole_zip(history, len(months[first]), FORECAST_DAYS),
        )
        members = {**months, first: planted.lines}
        header = "issued,day,zip,tmin_c,tmax_c,rain_mm,snow_mm"
        write_zip(folder / name, {member: [header, *lines] for member, lines in members.items()})
        found += [
            *planted.defects,
            *_lost_zeros(history, "weather_forecast", name, len(own) * FORECAST_DAYS),
        ]
    return found


_FORECAST_PLAN = (
    (DUPLICATE, 2),
    (rejected("sentinel_temperature", "above_maximum", replace_field(",", 4, lambda text, n: "999.9")), 2),
)


def _issued(issue: int) -> datetime:
    return datetime.combine(FIRST_WEEK, datetime.min.time()) + timedelta(
        weeks=issue, days=-1, hours=ISSUE_HOUR
    )


def _foreseen(history: History, issue: int) -> list[str]:
    issued = f"{_issued(issue).isoformat()}Z"
    return [
        f"{issued},{day_text(7 * issue + lead)},{int(code)},{forecast.low_c[issue, lead]:.1f},"
        f"{forecast.high_c[issue, lead]:.1f},{forecast.rain_mm[issue, lead]:.1f},{forecast.snow_mm[issue, lead]:.0f}"
        for code, forecast in sorted(history.forecasts.items())
        for lead in range(FORECAST_DAYS)
    ]
