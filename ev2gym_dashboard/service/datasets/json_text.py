"""JSON text from outside: parsed as Python does, without values that cannot be written again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

HALF_CHARACTER = re.compile(r"\\ud[89a-f]", re.IGNORECASE)
"""The escape of a surrogate; two of them may be a whole character."""
MAX_INTEGER_LENGTH = 18
"""Characters up to which every integer has at most 64 bits."""
PairsHook = Callable[[list[tuple[str, Any]]], Any]


def parse_json(text: str | bytes, *, pairs_hook: PairsHook | None = None) -> Any:
    r"""Return the value of a JSON text.

    JSON may hold half a character, as ``"\ud800"``, which Python reads, and which no file, page or terminal can be
    given. Such a text is refused here, so that nothing inside has to. An integer of more than 64 bits becomes a float:
    the library that writes the answers knows no other.

    Raises
    ------
    ValueError
        If the text is no JSON, or holds half a character.
    RecursionError
        If it is nested too deep.
    """
    # Errors of Unicode are ValueErrors. Given bytes, `json` would accept halves in them.
    decoded = text if isinstance(text, str) else text.decode(json.detect_encoding(text))
    decoded.encode()
    value = json.loads(decoded, object_pairs_hook=pairs_hook, parse_int=_parse_integer)
    # The search costs half as much as the parsing, and most texts have no escape.
    if "\\u" in decoded and HALF_CHARACTER.search(decoded):
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _parse_integer(text: str) -> float:
    return int(text) if len(text) <= MAX_INTEGER_LENGTH else float(text)
