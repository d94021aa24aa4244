"""Numbers from text, strictly: no guessing what a stray character means."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.conditioning.reasons import NUMBER
from shared.profile.sources import Unit

_NON_FINITE = r"(?i)^[+-]?(nan|inf|infinity|1\.#(inf|ind|qnan))$"
_SIGNIFICANT_DIGITS = 12


def parse_numbers(text: pa.Array, *, decimal: str, thousands: str) -> tuple[np.ndarray, np.ndarray]:
    """Parse numbers.

    Parameters
    ----------
    text : pa.StringArray, length n
        Null is a missing value.
    decimal, thousands : str
        Decimal mark; separator of groups of three digits, or "".

    Returns
    -------
    numbers : ndarray of float64, shape (n,)
        NaN where missing or at fault.
    faults : ndarray of int8, shape (n,)
        ``bad_number`` or ``non_finite``; 0 elsewhere.
    """
    fits = pc.match_substring_regex(text, _grammar(decimal, thousands))
    plain = pc.if_else(fits, text, None)
    if thousands:
        plain = pc.replace_substring(plain, thousands, "")
    if decimal != ".":
        plain = pc.replace_substring(plain, decimal, ".")
    numbers = pc.cast(plain, pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
    faults = _faults(text, fits, numbers)
    return np.where(faults == 0, numbers, np.nan), faults


def _grammar(decimal: str, thousands: str) -> str:
    whole = r"\d+" + (rf"|\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+" if thousands else "")
    point = re.escape(decimal)
    return rf"^[+-]?(?:(?:{whole})(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?$"


def _faults(text: pa.Array, fits: pa.Array, numbers: np.ndarray) -> np.ndarray:
    present = pc.is_valid(text).to_numpy(zero_copy_only=False)
    fitting = fits.fill_null(False).to_numpy(zero_copy_only=False)
    words = pc.match_substring_regex(text, _NON_FINITE).fill_null(False).to_numpy(zero_copy_only=False)
    faults = np.where(present & ~fitting, NUMBER["bad_number"], 0).astype(np.int8)
    faults[words | (fitting & ~np.isfinite(numbers))] = NUMBER["non_finite"]
    return faults


def apply_signs(numbers: np.ndarray, transforms: tuple[str, ...]) -> np.ndarray:
    """Apply the numeric transforms in their order; `exp_round` is round(exp(x))."""
    for name in transforms:
        if name == "absolute":
            numbers = np.abs(numbers)
        elif name == "negate":
            numbers = -numbers
        elif name == "exp_round":
            with np.errstate(over="ignore"):
                numbers = np.rint(np.exp(numbers))
    return numbers + 0.0  # no negative zero


def convert_unit(numbers: np.ndarray, unit: Unit | None, scale: float) -> np.ndarray:
    """Convert to the standard unit (degrees Celsius, mm, each), then scale.

    Converted numbers keep 12 significant digits, so that 0.1 inch is 2.54 mm and not 2.5400000000000005.
    """
    converted = _CONVERSIONS[unit or "each"](numbers) * scale
    return numbers if unit in _STANDARD and scale == 1.0 else _rounded(converted)


_STANDARD = (None, "each", "mm", "celsius")
_CONVERSIONS = {
    "fahrenheit": lambda x: (x - 32.0) / 1.8,
    "celsius": lambda x: x,
    "inch": lambda x: x * 25.4,
    "cm": lambda x: x * 10.0,
    "mm": lambda x: x,
    "dozen": lambda x: x * 12.0,
    "each": lambda x: x,
}


def _rounded(numbers: np.ndarray) -> np.ndarray:
    rounded = (float(f"{x:.{_SIGNIFICANT_DIGITS}g}") for x in numbers)
    return np.fromiter(rounded, dtype=np.float64, count=len(numbers)) + 0.0
