"""Kept runs: the inputs of runs in a table of words, which compiled code reads without unpacking Python's objects."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numba.extending
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.np import arrayobj

# Numba's functions are not annotated.
typeof: Any = numba.typeof
extending: Any = numba.extending
llvm: Any = cgutils
arrays: Any = arrayobj
WORD_BYTES = 8


class KeptRunsType(types.Type):
    """Numba's type of `KeptRuns`, by the type of the inputs of one run."""

    def __init__(self, inputs: Any) -> None:
        self.inputs = inputs
        super().__init__(name=f"KeptRuns({inputs})")


class KeptPart(NamedTuple):
    """A part of the inputs of a run, the owner of the memory that its words point to, and its layout."""

    values: Any
    owner: Any
    layout: Any
    words: list[int]


class KeptRuns:
    """Inputs of some runs, as tuples of arrays and numbers, in parts that are replaced one by one.

    A call that is given the tuples would take them apart again: for a small fleet, that takes longer than its step.

    Parameters
    ----------
    inputs : the parts of each run; all runs have the same types
    before : other kept runs, whose parts are taken where they are the same objects
    """

    def __init__(self, inputs: Sequence[tuple[Any, ...]], before: Iterable[KeptRuns] = ()) -> None:
        known = {id(part.values): part for runs in before for parts in runs.parts for part in parts}
        first = [known.get(id(values)) or lay_out(values) for values in inputs[0]]
        owned = tuple(part.owner for part in first)
        self._layouts, self._numba_type_ = _find_type(tuple(part.layout for part in first), owned)
        self._first_words = np.cumsum([0, *(len(part.words) for part in first)]).tolist()
        self._words = np.zeros((len(inputs), self._first_words[-1]), np.int64)
        self.parts: list[list[KeptPart]] = [[_NO_PART] * len(first) for _ in inputs]
        self.address = self._words.ctypes.data
        for part, kept in enumerate(first):
            self._put(0, part, kept)
        for number, parts in enumerate(inputs[1:], start=1):
            for part, values in enumerate(parts):
                self.keep(number, part, values, known)

    def keep(self, number: int, part: int, values: Any, known: Mapping[int, KeptPart] = MappingProxyType({})) -> None:
        """Replace a part of the inputs of a run; nothing is done for the same object again."""
        if self.parts[number][part].values is values:
            return
        # Runs of one site share most of it with the first of them, and forks of a run with the one before.
        for other in (0, max(number - 1, 0)):
            if (kept := self.parts[other][part]).values is values:
                break
        else:
            kept = known.get(id(values)) or lay_out(values, self._layouts[part])
        if kept.layout != self._layouts[part]:
            raise TypeError(f"part {part} is {kept.layout}, and not {self._layouts[part]}")
        self._put(number, part, kept)

    def _put(self, number: int, part: int, kept: KeptPart) -> None:
        self.parts[number][part] = kept
        self._words[number, self._first_words[part] : self._first_words[part + 1]] = kept.words


def lay_out(values: Any, layout: Any = None) -> KeptPart:
    """Return a part with the words that the table holds of it.

    A part of the given layout is taken as it is. Otherwise, arrays that may not be written are copied, as they are of
    another type to Numba.
    """
    owner, found = values, _describe(values)
    if found != layout:
        found = _describe(owner := _own_arrays(values))
    return KeptPart(values, owner, found, _list_words(owner if isinstance(owner, tuple) else (owner,)))


_NO_PART = KeptPart(object(), None, None, [])
_TYPES: dict[tuple[Any, ...], tuple[tuple[Any, ...], KeptRunsType]] = {}


def _find_type(layouts: tuple[Any, ...], inputs: tuple[Any, ...]) -> tuple[tuple[Any, ...], KeptRunsType]:
    """Return the layouts of the parts, which all runs of them share, and the type."""
    # Numba takes milliseconds to find the type of so many arrays, which an episode of a small fleet would notice.
    if layouts not in _TYPES:
        _TYPES[layouts] = layouts, KeptRunsType(typeof(inputs))
    return _TYPES[layouts]


def _describe(value: Any) -> Any:
    """Return all that the type of a value depends on."""
    if isinstance(value, np.ndarray):
        return value.dtype, value.ndim, value.flags.carray
    if isinstance(value, tuple):
        return type(value), tuple(map(_describe, value))
    return bool if isinstance(value, bool) else float if isinstance(value, float) else int


def _own_arrays(value: Any) -> Any:
    """Return the same with a copy of each array that may not be written, which no run writes."""
    if isinstance(value, np.ndarray) and not value.flags.writeable:
        return value.copy()
    if isinstance(value, tuple):
        parts = [_own_arrays(part) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value


def _list_words(values: tuple[Any, ...]) -> list[int]:
    # A list, not a generator: a group of small runs has a hundred thousand words.
    words: list[int] = []
    for value in values:
        if isinstance(value, np.ndarray):
            words.append(value.ctypes.data)
            words.extend(value.shape)
        elif isinstance(value, tuple):
            words.extend(_list_words(value))
        elif isinstance(value, float):
            words.append(struct.unpack("q", struct.pack("d", value))[0])
        else:
            words.append(int(value))
    return words


def _count_words(kind: Any) -> int:
    if isinstance(kind, types.Array):
        if kind.layout != "C" or not kind.mutable:
            raise TypeError(f"{kind}: an array of a kept run is contiguous, and can be written")
        return 1 + int(kind.ndim)
    return sum(map(_count_words, _list_parts(kind))) if isinstance(kind, types.BaseTuple) else 1


def _list_parts(kind: Any) -> list[Any]:
    return list(kind)


class _KeptRunsModel(extending.models.PrimitiveModel):  # type: ignore[misc]
    """Address of the table."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, ir.IntType(64))


extending.register_model(KeptRunsType)(_KeptRunsModel)


def _unbox_kept_runs(_kind: Any, value: Any, c: Any) -> Any:
    address = c.pyapi.object_getattr_string(value, "address")
    words = c.pyapi.long_as_longlong(address)
    c.pyapi.decref(address)
    return extending.NativeValue(words, is_error=llvm.is_not_null(c.builder, c.pyapi.err_occurred()))


extending.unbox(KeptRunsType)(_unbox_kept_runs)


def _load_inputs(_context: Any, runs: Any, number: Any) -> Any:
    """Return the inputs of a run. Its arrays have no owners: references are not counted, and the caller keeps them."""
    inputs = runs.inputs

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address, row = args[0], context.cast(builder, args[1], signature.args[1], types.int64)
        row_bytes = ir.Constant(ir.IntType(64), WORD_BYTES * _count_words(inputs))
        address = builder.add(address, builder.mul(row, row_bytes))
        words = builder.inttoptr(address, ir.IntType(64).as_pointer())
        return _load_value(context, builder, inputs, words, 0)[0]

    return inputs(runs, number), generate


load_inputs: Any = extending.intrinsic(_load_inputs)


def _load_value(context: Any, builder: Any, kind: Any, words: Any, place: int) -> tuple[Any, int]:
    """Return the value of a type whose words begin at a place, and the place after them."""

    def load_word(k: int) -> Any:
        return builder.load(builder.gep(words, [ir.Constant(ir.IntType(64), place + k)]))

    if isinstance(kind, types.Array):
        array, shape = context.make_array(kind)(context, builder), [load_word(1 + k) for k in range(kind.ndim)]
        itemsize = context.get_abi_sizeof(context.get_data_type(kind.dtype))
        strides = [ir.Constant(ir.IntType(64), itemsize)]
        for length in shape[:0:-1]:
            strides.insert(0, builder.mul(strides[0], length))
        data = builder.inttoptr(load_word(0), array.data.type)
        arrays.populate_array(array, data, shape, strides, itemsize, None)
        return array._getvalue(), place + 1 + kind.ndim  # noqa: SLF001 (Numba's own way to read a struct)
    if isinstance(kind, types.BaseTuple):
        parts = []
        for part in _list_parts(kind):
            value, place = _load_value(context, builder, part, words, place)
            parts.append(value)
        return context.make_tuple(builder, kind, parts), place
    word = load_word(0)
    if isinstance(kind, types.Float):
        word = builder.bitcast(word, ir.DoubleType())
    elif isinstance(kind, types.Boolean):
        word = builder.icmp_signed("!=", word, ir.Constant(ir.IntType(64), 0))
    return word, place + 1
