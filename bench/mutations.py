"""Mutations of a request: values that no page sends, at places drawn at random."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

HOSTILE_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    15.0,
    0.5,
    -0.0,
    2**31,
    2**53,
    2**63,
    10**40,
    10**400,
    -(10**400),
    1e-300,
    1e300,
    1e308,
    float("nan"),
    float("inf"),
    float("-inf"),
    "",
    " ",
    "0,6",
    "1.234.567,8",
    "1,000,000.5",
    "12,34,56",
    "1" * 30 + ",5",
    "9" * 5_000,
    "1e400",
    "-0",
    "\u0661\u0662\u0663",
    "\u2212" + "5",
    "NaN",
    "Infinity",
    "\ud800",
    "\x00",
    "\u202e",
    "=1+1",
    "\uff1d1+1",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "x" * 20_000,
    "price",
    "auto",
    "2026-11-26T19:00:00",
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59",
    "2026-02-30",
    [],
    {},
    [[]],
    {"": None},
    {"a": {"b": {"c": []}}},
    [None] * 1_000,
    list(range(600)),
    {str(number): number for number in range(300)},
)
"""Values at and beyond the bounds of what is accepted: numbers, signs, times, shapes, and texts with a meaning."""
MAX_MUTATIONS = 3
EXACT_BELOW = 2**53
MANGLED_SIGNS = "0123456789.,-+eE%/\\'\"<>{}[]\x00\u00a0\u202f\ud800é"


def mutate(value: Any, random: Random) -> Any:
    """Return a copy of a JSON value with one to `MAX_MUTATIONS` places changed, removed, added or wrapped."""
    holder = {"root": deepcopy(value)}
    for _ in range(random.randint(1, MAX_MUTATIONS)):
        container, key = random.choice(list(_list_places(holder)))
        random.choice(MUTATIONS)(container, key, random)
    return holder["root"]


def mutate_text(text: str, random: Random) -> str:
    """Return a text with a run of its signs replaced by other signs, cut off, or repeated."""
    start = random.randint(0, len(text))
    end = min(len(text), start + random.randint(0, 8))
    signs = "".join(random.choices(MANGLED_SIGNS, k=random.randint(0, 6)))
    return random.choice((text[:start] + signs + text[end:], text[:start], text + text[start:end] * 50))


def _list_places(value: Any) -> Iterator[tuple[Any, Any]]:
    """List each place below a value, as its container and its key."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _list_places(value[key])


def _replace(container: Any, key: Any, random: Random) -> None:
    container[key] = deepcopy(random.choice(HOSTILE_VALUES))


def _mangle(container: Any, key: Any, random: Random) -> None:
    value = container[key]
    if isinstance(value, str):
        container[key] = mutate_text(value, random)
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < EXACT_BELOW:
        container[key] = random.choice((value + 1, -value, value * 1_000, value + 0.5, float(value), str(value)))
    else:
        _replace(container, key, random)


def _remove(container: Any, key: Any, random: Random) -> None:  # noqa: ARG001
    # The places of a list after it would move: it is emptied instead.
    if isinstance(container, dict) and key != "root":
        del container[key]
    else:
        container[key] = None


def _wrap(container: Any, key: Any, random: Random) -> None:
    value = container[key]
    container[key] = random.choice(([value], {"value": value}, [value] * 3))


def _add(container: Any, key: Any, random: Random) -> None:
    name = mutate_text(str(key), random)
    if isinstance(container, dict) and name != "root":
        container[name] = deepcopy(random.choice(HOSTILE_VALUES))
    elif isinstance(container, list):
        container.append(deepcopy(random.choice(HOSTILE_VALUES)))


MUTATIONS = (_replace, _replace, _mangle, _mangle, _remove, _wrap, _add)
