"""Named arrays as bytes, and back: a snapshot holds hundreds of small ones, of which an archive takes its time."""

from __future__ import annotations

import json
from math import prod

import numpy as np

from ev2gym_dashboard.core.engine.checkpoint import Arrays

HEADER_LENGTH_BYTES = 8


def encode_arrays(arrays: Arrays) -> bytes:
    """Return a head, which names each array with its type and shape, and then their values in that order."""
    head = json.dumps({name: (array.dtype.str, array.shape) for name, array in arrays.items()}).encode()
    return b"".join([len(head).to_bytes(HEADER_LENGTH_BYTES), head, *(array.tobytes() for array in arrays.values())])


def decode_arrays(data: bytes) -> Arrays:
    """Return what was packed, in arrays of their own."""
    at = HEADER_LENGTH_BYTES + int.from_bytes(data[:HEADER_LENGTH_BYTES])
    arrays: Arrays = {}
    for name, (dtype, shape) in json.loads(data[HEADER_LENGTH_BYTES:at]).items():
        arrays[name] = np.frombuffer(data, dtype, prod(shape), at).reshape(shape).copy()
        at += arrays[name].nbytes
    return arrays
