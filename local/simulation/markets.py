"""Fourteen markets with their states, zip codes and climates. Which stores stand in them is not here."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Market:
    """A sales region.

    Attributes
    ----------
    zip_codes : tuple of str
        Five characters each; some begin with 0.
    mean_c, swing_c, daily_range_c : float
        Yearly mean of the daily mean temperature, half the distance from January to July, and the daily
        maximum minus minimum, in degrees Celsius.
    wet_share : float
        Share of days with rain or snow.
    income : int
        Median household income, US dollars.
    """

    name: str
    state: str
    zip_codes: tuple[str, ...]
    mean_c: float
    swing_c: float
    daily_range_c: float
    wet_share: float
    income: int


def _market(
    name: str, state: str, zip_codes: str, climate: tuple[float, float, float, float], income: int
) -> Market:
    mean_c, swing_c, daily_range_c, wet_share = climate
    return Market(
        name=name,
        state=state,
        zip_codes=tuple(zip_codes.split()),
        mean_c=mean_c,
        swing_c=swing_c,
        daily_range_c=daily_range_c,
        wet_share=wet_share,
        income=income,
    )


_NAMED = (
    _market("North Texas", "TX", "75201 76102", (19.0, 11.0, 11.0, 0.22), 64_000),
    _market("Massachusetts", "MA", "02108 01608", (10.5, 12.0, 9.0, 0.34), 84_000),
    _market("South Texas", "TX", "78205 78401", (21.5, 8.5, 11.0, 0.21), 55_000),
    _market("Eastern Colorado", "CO", "80202 80903", (10.5, 12.0, 15.0, 0.24), 72_000),
    _market("Western Colorado", "CO", "81501 81301", (11.0, 13.0, 15.0, 0.20), 58_000),
    _market("Arizona", "AZ", "85004 85701", (23.5, 10.0, 14.0, 0.10), 60_000),
    _market("New Mexico", "NM", "87102 87501", (13.5, 11.5, 15.0, 0.16), 51_000),
    _market("New Jersey", "NJ", "07102 08608", (12.5, 12.0, 9.5, 0.33), 86_000),
    _market("Connecticut", "CT", "06103 06510", (11.0, 12.5, 10.5, 0.34), 78_000),
    _market("Southern California", "CA", "90012 92101", (18.0, 4.5, 9.0, 0.10), 76_000),
    _market("Central Florida", "FL", "32801 33602", (22.8, 5.5, 10.5, 0.31), 57_000),
    _market("Northern Illinois", "IL", "60602 61101", (10.0, 13.5, 10.0, 0.33), 68_000),
    _market("Western Washington", "WA", "98101 98402", (11.5, 6.5, 8.5, 0.42), 80_000),
    _market("North Georgia", "GA", "30303 30601", (17.0, 9.5, 10.5, 0.30), 62_000),
)


def markets(count: int) -> tuple[Market, ...]:
    """Return so many markets; beyond the named ones, a second round shares their zip codes as "Arizona 2".

    Raises
    ------
    ValueError
        If `count` is not positive.
    """
    if count < 1:
        raise ValueError(f"a company has at least one market: {count=}")
    return tuple(_nth(index) for index in range(count))


def _nth(index: int) -> Market:
    turn, place = divmod(index, len(_NAMED))
    market = _NAMED[place]
    return replace(market, name=f"{market.name} {turn + 1}") if turn else market
