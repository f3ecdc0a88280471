"""Borrowed arrays: views of the arguments of a compiled call, whose references are not counted."""

from __future__ import annotations

from typing import Any

from llvmlite.ir import Constant
from numba import types
from numba.extending import intrinsic


def _borrow(_context: Any, value: Any) -> Any:
    """Return an array, or a tuple of arrays and numbers, without the owners of its memory.

    The caller keeps the owners alive. Numba counts references atomically for every tuple that is passed on: of a step
    of a small fleet, that was two thirds.
    """

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return _drop_owner(context, builder, value, args[0])

    return value(value), generate


borrow: Any = intrinsic(_borrow)


def _drop_owner(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    if isinstance(kind, types.Array):
        array = context.make_array(kind)(context, builder, value)
        array.meminfo, array.parent = (Constant(owner.type, None) for owner in (array.meminfo, array.parent))
        return array._getvalue()  # noqa: SLF001 (Numba's own way to read a struct)
    if isinstance(kind, types.BaseTuple):
        kinds: list[Any] = list(kind)  # type: ignore[call-overload]  # Numba's types are not annotated
        parts = [_drop_owner(context, builder, part, builder.extract_value(value, i)) for i, part in enumerate(kinds)]
        return context.make_tuple(builder, kind, parts)
    return value
