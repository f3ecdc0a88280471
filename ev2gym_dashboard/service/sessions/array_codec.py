"""Binary encoding of named arrays."""

from __future__ import annotations

import json
from math import prod

import numpy as np

from ev2gym_dashboard.core.engine.checkpoint import Arrays

# Not NumPy's archive: a checkpoint holds hundreds of small arrays, and a ZIP entry of each takes longer than its data.
HEADER_LENGTH_BYTES = 8


def encode_arrays(arrays: Arrays) -> bytes:
    """Return arrays as bytes: a JSON header with their names, types and shapes, then their values in this order."""
    header = json.dumps({name: (array.dtype.str, array.shape) for name, array in arrays.items()}).encode()
    length = len(header).to_bytes(HEADER_LENGTH_BYTES)
    return b"".join([length, header, *map(_view_bytes, arrays.values())])


def decode_arrays(data: bytes) -> Arrays:
    """Return the arrays that `encode_arrays` encoded, as writable copies."""
    offset = HEADER_LENGTH_BYTES + int.from_bytes(data[:HEADER_LENGTH_BYTES])
    arrays: Arrays = {}
    for name, (dtype, shape) in json.loads(data[HEADER_LENGTH_BYTES:offset]).items():
        # The engine updates its arrays in place, and those on a buffer of bytes are read-only.
        arrays[name] = np.frombuffer(data, dtype, prod(shape), offset).reshape(shape).copy()
        offset += arrays[name].nbytes
    return arrays


def _view_bytes(array: np.ndarray) -> memoryview:
    """Return the bytes of an array without a copy, unless its values lie apart."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
