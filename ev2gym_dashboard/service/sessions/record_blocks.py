"""Record blocks: the recorded steps of a run in blocks of bytes, named by their digests, which its snapshots share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from ev2gym_dashboard.core.engine.checkpoint import Arrays
from ev2gym_dashboard.core.engine.step_series import StepSeries
from ev2gym_dashboard.service.sessions.array_codec import decode_arrays, encode_arrays

BLOCK_STEPS = 1024
"""Steps of a block: what follows the last whole one is written with every snapshot, at most 150 KB a simulation."""
Blocks = Mapping[str, Callable[[], bytes]]
"""Blocks by digest, each encoded only where a store lacks it."""
NO_BLOCKS: Blocks = {}
GetBlocks = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Function that returns those of some blocks that it has, by digest."""


class MissingBlockError(LookupError):
    """A block of records that no store has, or only damaged."""


def compute_block_digest(data: bytes) -> str:
    """Return the digest that names a block."""
    return hashlib.sha256(data).hexdigest()


def seal_blocks(series: StepSeries) -> Blocks:
    """Return the whole blocks of a series so far, and note their digests in its ``seals``."""
    # Views of now: the series may move its columns to a larger place while a store encodes them.
    columns, n_blocks = series.kept, series.n_steps // BLOCK_STEPS
    # Steps never change, so that each block is hashed once in the life of a run.
    new = (compute_block_digest(_encode_block(columns, k)) for k in range(len(series.seals), n_blocks))
    series.seals = (*series.seals, *new)
    return {digest: partial(_encode_block, columns, k) for k, digest in enumerate(series.seals)}


def select_open_steps(series: StepSeries) -> Arrays:
    """Return the columns of a series after its last whole block, each (steps,)."""
    first = len(series.seals) * BLOCK_STEPS
    return {name: column[first:] for name, column in series.kept.items()}


def join_blocks(seals: Sequence[str], open_steps: Arrays, get_blocks: GetBlocks) -> Arrays:
    """Return the columns of a series, each (steps,), from its blocks and the steps after them.

    Raises
    ------
    MissingBlockError
        If ``get_blocks`` does not return one of them.
    """
    if not seals:
        return open_steps
    blocks = get_blocks(seals)
    if missing := set(seals) - blocks.keys():
        raise MissingBlockError(min(missing))
    parts = [decode_arrays(blocks[digest]) for digest in seals]
    return {name: np.concatenate([*(part[name] for part in parts), column]) for name, column in open_steps.items()}


def _encode_block(columns: Arrays, k: int) -> bytes:
    steps = slice(k * BLOCK_STEPS, (k + 1) * BLOCK_STEPS)
    return encode_arrays({name: column[steps] for name, column in columns.items()})
