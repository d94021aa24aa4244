"""What the company sells: categories with their response to season, weather and holidays, and named products.

Sensitivities are in log demand; how they become units is in `demand`.
"""

from dataclasses import dataclass
from typing import Literal

Pace = Literal["fast", "slow", "intermittent"]


@dataclass(frozen=True, kw_only=True)
class Category:
    """Products that customers buy for the same reasons.

    Attributes
    ----------
    season : float
        Height of the yearly wave, log units; it peaks in `peak_week` (0..51).
    warmth : float
        Log units per degree Celsius above the usual.
    rain : float
        Log units per wet day above the usual.
    outdoor, festive : float
        Share of a summer holiday's or a feast's full lift.
    """

    name: str
    season: float
    peak_week: float
    warmth: float
    rain: float
    outdoor: float
    festive: float


@dataclass(frozen=True, kw_only=True)
class Template:
    """A product as the catalogue lists it.

    Attributes
    ----------
    units : float
        Usual weekly units in a large store.
    price : float
        Regular price, US dollars.
    premium : float
        Log units per log income above the company's mean.
    """

    name: str
    category: str
    brand: str
    pace: Pace
    units: float
    price: float
    pack_size: float
    premium: float


def _category(
    name: str, season: float, peak_week: float, weather: tuple[float, float], feasts: tuple[float, float]
) -> Category:
    warmth, rain = weather
    outdoor, festive = feasts
    return Category(
        name=name,
        season=season,
        peak_week=peak_week,
        warmth=warmth,
        rain=rain,
        outdoor=outdoor,
        festive=festive,
    )


CATEGORIES = (
    _category("ice cream", 0.80, 28.5, (0.035, -0.030), (0.8, 0.0)),
    _category("soup", 0.65, 3.0, (-0.030, 0.030), (-0.3, 0.4)),
    _category("soft drinks", 0.50, 28.0, (0.020, -0.015), (1.0, 0.5)),
    _category("salty snacks", 0.45, 27.0, (0.006, -0.010), (1.1, 0.7)),
    _category("hot drinks", 0.50, 2.0, (-0.020, 0.015), (-0.2, 0.5)),
    _category("chocolate", 0.45, 50.0, (-0.015, 0.005), (-0.1, 1.2)),
    _category("barbecue sauce", 0.75, 27.5, (0.020, -0.025), (1.2, 0.1)),
)

_ROWS: tuple[tuple[str, str, str, Pace, float, float, float, float], ...] = (
    ("Crème glacée vanille", "ice cream", "Café Étoile", "fast", 150, 4.49, 1.0, 0.3),
    ("Tomato soup", "soup", "Señora Luz", "fast", 120, 2.19, 1.0, -0.2),
    ("Açaí sorbet", "ice cream", "Björk & Söhne", "slow", 30, 6.99, 1.0, 0.8),
    ("Crème de marrons", "chocolate", "Café Étoile", "intermittent", 1.3, 8.99, 1.0, 0.9),
    ("Jalapeño chips", "salty snacks", "Señora Luz", "fast", 160, 3.29, 1.0, 0.0),
    ("Smoked barbecue sauce", "barbecue sauce", "Old Mesquite", "slow", 31, 3.79, 1.0, 0.0),
    ("Lobster bisque", "soup", "Björk & Söhne", "slow", 31, 5.99, 1.0, 0.9),
    ("Cola 12-pack", "soft drinks", "Peñasco", "fast", 180, 5.49, 12.0, -0.3),
    ("House blend coffee", "hot drinks", "Café Étoile", "fast", 110, 7.99, 1.0, 0.4),
    ("Piñon cocoa", "hot drinks", "Peñasco", "slow", 32, 6.49, 1.0, 0.5),
    ("Mango kulfi", "ice cream", "Señora Luz", "intermittent", 1.5, 5.79, 4.0, 0.2),
    ("Chocolate bar 10-pack", "chocolate", "Björk & Söhne", "fast", 125, 6.29, 10.0, 0.1),
    ("Lemonade 6-pack", "soft drinks", "Peñasco", "fast", 130, 4.29, 6.0, 0.0),
    ("Tortilla rounds", "salty snacks", "Old Mesquite", "slow", 32, 2.99, 1.0, -0.1),
)

TEMPLATES = tuple(
    Template(
        name=name,
        category=category,
        brand=brand,
        pace=pace,
        units=units,
        price=price,
        pack_size=pack_size,
        premium=premium,
    )
    for name, category, brand, pace, units, price, pack_size, premium in _ROWS
)
