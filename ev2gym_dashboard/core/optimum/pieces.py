"""Pieces of a convex cost, compiled: slopes that rise, with their widths, in the first places of two arrays."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-redef, untyped-decorator"
# ruff: noqa: PLR0917 (compiled functions take their arrays by position)
from __future__ import annotations

from ev2gym_dashboard.core.compiler import compile_inner_kernel

MIN_WIDTH_KWH = 1e-12
"""Pieces of the cost that are narrower are rounding errors."""
MAX_TAPER_GAIN = 1.0 - 1e-9
"""A step that fills the battery at once would have no inverse."""


@compile_inner_kernel
def find_slope(slope, width, size, energy):
    """Return the slope at an energy above the lowest one, that of the last piece beyond the top."""
    i = 0
    while i < size - 1 and energy > width[i]:
        energy -= width[i]
        i += 1
    return slope[i]


@compile_inner_kernel
def cut_below(slope, width, size, empty_mad, floor):
    """Drop the pieces below a floor; return the size, the cost at the floor, and the slope of the last piece below."""
    if floor <= 0.0:
        return size, empty_mad, 0.0
    left, at_floor_mad, floor_slope, new_size = floor, empty_mad, slope[0], 0
    for i in range(size):
        below = min(left, width[i])
        if below > 0.0:
            at_floor_mad += below * slope[i]
            floor_slope = slope[i]
        left -= below
        if width[i] - below > MIN_WIDTH_KWH:
            slope[new_size], width[new_size] = slope[i], width[i] - below
            new_size += 1
    return new_size, at_floor_mad, floor_slope


@compile_inner_kernel
def copy_pieces(slope, width, size, new_slope, new_width, start):
    """Copy pieces to the places from a start on."""
    for i in range(size):
        new_slope[start + i], new_width[start + i] = slope[i], width[i]


@compile_inner_kernel
def convexify(slope, width, size):
    """Merge neighbouring pieces until the slopes rise: the convex envelope, in place."""
    new_size = 0
    for i in range(size):
        new_size = append_piece(slope, width, new_size, slope[i], width[i])
    return new_size


@compile_inner_kernel
def append_piece(slope, width, size, new_slope, new_width):
    """Append a piece; pieces whose slope is not below it become one with it."""
    while size > 0 and slope[size - 1] >= new_slope:
        size -= 1
        total = width[size] + new_width
        new_slope += (slope[size] - new_slope) * (width[size] / total)
        new_width = total
    slope[size], width[size] = new_slope, new_width
    return size + 1


@compile_inner_kernel
def push_piece(slope, width, size, length, new_slope, new_width, top):
    """Append a piece as it is, up to the top."""
    part = min(new_width, top - length)
    if part <= MIN_WIDTH_KWH:
        return size, length
    slope[size], width[size] = new_slope, part
    return size + 1, length + part


@compile_inner_kernel
def insert_charging(slope, width, size, charge_slope, gain, taper_gain, capacity, slope_2, width_2):
    """Insert the piece of charging; return the size, the new lower end (below 0), and the threshold.

    A step takes the energy e to ``min(e + gain, e + taper_gain (capacity - e))`` at most. Pieces that are worth
    charging into move by that: below the kink as they are, above it stretched, as a kWh more before the step is less
    after it.
    """
    taper_gain = min(taper_gain, MAX_TAPER_GAIN)
    left = 1.0 - taper_gain
    kink = capacity - gain / taper_gain + gain
    low = -gain if kink >= 0.0 else capacity - capacity / left
    new_size, i, energy = 0, 0, 0.0
    while i < size and slope[i] < charge_slope:
        straight = min(max(kink - energy, 0.0), width[i])
        if straight > 0.0:
            slope_2[new_size], width_2[new_size] = slope[i], straight
            new_size += 1
        tapered = width[i] - straight
        if tapered > 0.0:
            slope_2[new_size] = left * slope[i] + taper_gain * charge_slope
            width_2[new_size] = tapered / left
            new_size += 1
        energy += width[i]
        i += 1
    before = energy - gain if energy <= kink else capacity - (capacity - energy) / left
    slope_2[new_size], width_2[new_size] = charge_slope, max(energy - before, 0.0)
    new_size += 1
    for j in range(i, size):
        slope_2[new_size], width_2[new_size] = slope[j], width[j]
        new_size += 1
    return new_size, low, energy


@compile_inner_kernel
def insert_v2g(slope_2, width_2, size_2, low, empty_mad, give_slope, give, top, slope, width):
    """Cut to the range from 0 to the top, and insert the piece of V2G; return also the threshold."""
    is_inserted, size, length, position, above = give <= 0.0, 0, 0.0, low, top
    for i in range(size_2):
        begin, end = position, position + width_2[i]
        position = end
        if begin < 0.0:
            cut = min(end, 0.0) - begin
            empty_mad += slope_2[i] * cut
            begin += cut
        if not is_inserted and end > begin and slope_2[i] >= give_slope:
            above, is_inserted = begin, True
            part = min(give, top - length)
            if part > MIN_WIDTH_KWH:
                size = append_piece(slope, width, size, give_slope, part)
                length += part
        part = min(end - begin, top - length)
        if part > MIN_WIDTH_KWH:
            size = append_piece(slope, width, size, slope_2[i], part)
            length += part
    if top - length > MIN_WIDTH_KWH:
        size = append_piece(slope, width, size, give_slope if give > 0.0 else slope[size - 1], top - length)
    return size, empty_mad, above
