"""What `+`, `==`, `??` and the others make of values."""

import operator
from collections.abc import Callable

from infra.check.evaluate.values import Symbol, faulty, is_secure, kind_of, shown, unknowns
from infra.check.model import Node, Place, Unknown

_NUMBERS: dict[str, Callable[[int, int], int]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul,
    "/": lambda a, b: int(a / b) if abs(a) < 2**53 else a // b,
    "%": lambda a, b: a - b * int(a / b),
}  # fmt: skip
_ORDER: dict[str, Callable[[int | str, int | str], bool]] = {
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip


def binary(sign: str, left: Node, right: Callable[[], Node], place: Place) -> Node:
    """Return what an operator makes of two values; the right one is only evaluated where it counts."""
    if sign == "??":
        return right() if left.value is None else left
    if sign in ("&&", "||"):
        return _logic(sign, left, right, place)
    other = right()
    if sign in ("==", "!=", "=~", "!~"):
        return _equality(sign, left, other, place)
    if unknown := _unknown(sign, left, other, place):
        return unknown
    return _arithmetic(sign, left, other, place)


def unary(sign: str, operand: Node, place: Place) -> Node:
    """Return what a sign makes of a value."""
    value = operand.value
    if isinstance(value, Unknown):
        return Node(Unknown(f"{sign}{value.text}", value.secure), place)
    if sign == "!":
        return Node(not truth(operand, place), place)
    if isinstance(value, int) and not isinstance(value, bool):
        return Node(-value, place)
    raise _wrong(sign, place, operand)


def truth(node: Node, place: Place) -> bool:
    """Return a known value that has to be true or false."""
    if isinstance(node.value, bool):
        return node.value
    raise faulty(
        place, "wrong-type", f"{shown(node)} is neither true nor false.", "Compare it with something."
    )


def _logic(sign: str, left: Node, right: Callable[[], Node], place: Place) -> Node:
    decisive = sign == "||"
    if not isinstance(left.value, Unknown) and truth(left, place) is decisive:
        return Node(decisive, place)
    other = right()
    if not isinstance(other.value, Unknown) and (truth(other, place) is decisive or _known(left)):
        return Node(other.value, place)
    return _unknown(sign, left, other, place) or other


def _known(node: Node) -> bool:
    return not isinstance(node.value, Unknown)


def _equality(sign: str, left: Node, right: Node, place: Place) -> Node:
    if left.value is None or right.value is None:
        known = not isinstance(left.value, Unknown) and not isinstance(right.value, Unknown)
        if known:
            return Node((left.value is right.value) is (sign == "=="), place)
    if unknown := _unknown(sign, left, right, place):
        return unknown
    if sign in ("=~", "!~"):
        same = str(left.value).lower() == str(right.value).lower()
    else:
        same = type(left.value) is type(right.value) and left.plain() == right.plain()
    return Node(same is (sign in ("==", "=~")), place)


def _arithmetic(sign: str, left: Node, right: Node, place: Place) -> Node:
    a, b = left.value, right.value
    if sign in _ORDER and isinstance(a, str) and isinstance(b, str):
        return Node(_ORDER[sign](a, b), place)
    if not isinstance(a, int) or not isinstance(b, int) or isinstance(a, bool) or isinstance(b, bool):
        raise _wrong(sign, place, left, right)
    if sign in _ORDER:
        return Node(_ORDER[sign](a, b), place)
    if sign in "/%" and b == 0:
        raise faulty(place, "wrong-value", "This divides by zero.", "Guard it with a condition.")
    return Node(_NUMBERS[sign](a, b), place)


def _unknown(sign: str, left: Node, right: Node, place: Place) -> Node | None:
    """Return an unknown value where one of the operands has unknown parts."""
    if not any(isinstance(node.value, Symbol) or unknowns(node) for node in (left, right)):
        return None
    return Node(Unknown(f"{shown(left)} {sign} {shown(right)}", is_secure(left, right)), place)


def _wrong(sign: str, place: Place, *operands: Node) -> Exception:
    kinds = " and ".join(kind_of(node.value) for node in operands)
    remedy = "Use numbers; join texts by interpolation and arrays by concat()."
    return faulty(place, "wrong-type", f"`{sign}` cannot take {kinds}.", remedy)
