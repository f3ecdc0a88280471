"""Reader of series files: runs the stages, and says what it took a file for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.profile import Profile
from ev2gym_dashboard.core.scenario_options import PROFILE_BOUNDS, SETPOINTS
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.datasets.series_file.alignment import align_series
from ev2gym_dashboard.service.datasets.series_file.layout import Layout, choose_column, find_column_unit, find_layout
from ev2gym_dashboard.service.datasets.series_file.numbers import Numbers, parse_numbers
from ev2gym_dashboard.service.datasets.series_file.options import (
    WHOLE_FILE,
    Notes,
    Proposal,
    ReadOptions,
    SeriesReading,
    limit_issues,
    make_issue,
    parse_options,
    refuse_file,
)
from ev2gym_dashboard.service.datasets.series_file.table import MAX_SERIES_BYTES, Table, read_table
from ev2gym_dashboard.service.datasets.series_file.times import Times
from ev2gym_dashboard.service.datasets.series_file.units import (
    POWER,
    PROFILE_UNITS,
    Unit,
    compute_factor,
    parse_unit,
)

NO_OPTIONS = ReadOptions()


def read_series(
    content: bytes | str, *, quantity: str, low: float, high: float, options: ReadOptions = NO_OPTIONS
) -> SeriesReading:
    """Read a series file of a meter or market.

    Parameters
    ----------
    content : the file: text with separated columns, or an Excel workbook
    quantity : unit of the series, one of `PROFILE_UNITS`
    low, high : lowest and highest allowed value, in that unit
    options : what the user says about the file

    Returns
    -------
    SeriesReading
        The series, or every issue: one sentence for a fault of the whole file, rows for faults of rows.
    """
    if issues := options.check():
        return SeriesReading(issues=tuple(issues))
    try:
        table = read_table(content)
        layout = find_layout(table, options.time_column)
    except ValidationError as error:
        return SeriesReading(issues=error.issues)
    notes = Notes(_start_proposal(layout))
    try:
        return _read_layout(table, layout, quantity, (low, high), options, notes)
    except ValidationError as error:
        return SeriesReading(proposal=notes.proposal, issues=error.issues)


def read_profile(path: str | Path, quantity: str | None = None, **options: Any) -> Profile:
    """Return the series of a file, for the scenario field of its quantity.

    Parameters
    ----------
    path : the file, as meters and markets export it: text with separated columns, or an Excel workbook
    quantity : "kW" for loads, "MAD/kWh" for prices, "g/kWh" for CO2 factors; by default that of the unit of the file.
        Or the scenario field that the series is for, such as "setpoint_profile", whose values may be negative
    time_column : column of the times, by its heading or its number from 1, where the file has several
    column : column of the values, in the same way, where the file has several that fit
    unit : unit of the values, such as "W", "kWh" or "EUR/MWh", in place of the one in the file
    time_zone : time zone of times without one, such as "Europe/Paris"; UTC without it
    stamp : "start" or "end" of a step, which a time marks
    fill : "linear" fills single gaps by the mean of their neighbours
    decimal : decimal mark, where the numbers leave it open
    rate : MAD for one unit of the currency of the file

    Raises
    ------
    ValidationError
        With every issue: one sentence for a fault of the whole file, rows for faults of rows.
    """
    reading = inspect_profile(path, quantity, **options)
    if reading.profile is None:
        raise ValidationError(reading.issues)
    return reading.profile


def inspect_profile(path: str | Path, quantity: str | None = None, **options: Any) -> SeriesReading:
    """Return what `read_profile` takes a file for: its proposal, notes and issues; the parameters are the same."""
    if quantity is not None and quantity not in {*PROFILE_UNITS, *PROFILE_UNITS.values()}:
        names = ", ".join(dict.fromkeys(PROFILE_UNITS.values()))
        raise ValueError(f"quantity must be one of {names}, or a field such as {SETPOINTS}, not {quantity!r}")
    read_options, issues = parse_options(options)
    if issues:
        raise ValidationError(issues)
    with Path(path).open("rb") as file:
        content = file.read(MAX_SERIES_BYTES + 1)
    quantity = quantity or _guess_quantity(content, read_options)
    low, high = PROFILE_BOUNDS.get(quantity) or find_bounds(quantity)
    quantity = PROFILE_UNITS.get(quantity, quantity)
    return read_series(content, quantity=quantity, low=low, high=high, options=read_options)


def find_bounds(quantity: str) -> tuple[float, float]:
    """Return the lowest and the highest value of a quantity in any scenario field but a schedule."""
    # A negative load is a mistake, which a file is told by its row; of V2G it is none, for who names the field.
    fields = [name for name, unit in PROFILE_UNITS.items() if unit == quantity and name != SETPOINTS]
    bounds = [PROFILE_BOUNDS[name] for name in fields]
    return min(low for low, _ in bounds), max(high for _, high in bounds)


def _guess_quantity(content: bytes, options: ReadOptions) -> str:
    """Return the quantity of the unit that the user or the file names; power without one."""
    if options.unit is not None:
        unit = parse_unit(options.unit)
        return unit.quantity if unit and unit.quantity else POWER
    try:
        layout = find_layout(read_table(content), options.time_column)
        units = [find_column_unit(layout, column) for column in _list_possible_columns(layout, options)]
    except ValidationError:
        return POWER
    quantities = {unit.quantity for unit in units if unit and unit.quantity}
    return quantities.pop() if len(quantities) == 1 else POWER


def _list_possible_columns(layout: Layout, options: ReadOptions) -> Sequence[int]:
    return layout.columns if options.column is None else [choose_column(layout, options.column, "")]


def _read_layout(
    table: Table, layout: Layout, quantity: str, bounds: tuple[float, float], options: ReadOptions, notes: Notes
) -> SeriesReading:
    column = choose_column(layout, options.column, quantity)
    notes.propose(column=layout.key_column(column))
    unit = _find_unit(layout, column, quantity, options, notes)
    notes.propose(unit=unit.name, currency=unit.currency)
    times = layout.read_times(notes)
    notes.propose(time_zone="" if times.is_typical or times.has_offset else options.time_zone or "UTC")
    cells = layout.get_cells(column)
    numbers = parse_numbers(cells, separator=table.separator, decimal=options.decimal)
    notes.propose(decimal=numbers.decimal)
    aligned, issues = align_series(times, numbers, layout.numbers, stamp=layout.stamp, options=options, notes=notes)
    notes.propose(stamp=aligned.stamp, step_min=aligned.step_min)
    factor = compute_factor(unit, quantity, step_min=aligned.step_min, rate=options.rate)
    issues += _check_cells(layout, times, cells, numbers)
    issues += _check_bounds(layout, cells, numbers.values * factor, quantity, bounds)
    if issues or aligned.profile is None:
        return SeriesReading(proposal=notes.proposal, issues=limit_issues(issues))
    if numbers.has_thousands:
        notes.add_issue(
            WHOLE_FILE, "numbers have the decimal mark {mark} and a mark of thousands", mark=numbers.decimal
        )
    if len(layout.columns) > 1:
        notes.add_issue(WHOLE_FILE, "the values are those of column {column}", column=layout.name_column(column))
    _add_unit_note(notes, unit, quantity, options)
    return SeriesReading(aligned.profile.scaled(factor), notes.proposal, tuple(dict.fromkeys(notes.notes)))


def _find_unit(layout: Layout, column: int, quantity: str, options: ReadOptions, notes: Notes) -> Unit:
    named = find_column_unit(layout, column)
    if options.unit is None:
        if named is None:
            notes.add_issue(WHOLE_FILE, "no unit is named: {unit} is assumed", unit=quantity)
        return named or Unit(quantity, quantity)
    unit = parse_unit(options.unit)
    if unit is None:
        raise refuse_file(
            make_issue("unit", "must be a unit such as {unit}, not {value}", unit=quantity, value=options.unit)
        )
    return unit


def _add_unit_note(notes: Notes, unit: Unit, quantity: str, options: ReadOptions) -> None:
    if unit.currency:
        notes.add_issue(
            WHOLE_FILE,
            "prices in {unit} are converted to {quantity} at {rate} MAD for one {currency}",
            unit=unit.name,
            quantity=quantity,
            rate=options.rate,
            currency=unit.currency,
        )
        return
    if unit.is_energy:
        notes.add_issue(
            WHOLE_FILE, "energies in {unit} per step are converted to {quantity}", unit=unit.name, quantity=quantity
        )
        return
    if unit.factor != 1.0:
        notes.add_issue(WHOLE_FILE, "values in {unit} are converted to {quantity}", unit=unit.name, quantity=quantity)


def _check_cells(layout: Layout, times: Times, cells: Sequence[str], numbers: Numbers) -> list[Issue]:
    """Return an issue for each cell that is no time, and for each that is no number and not empty."""
    bad_times = np.flatnonzero(~times.is_valid).tolist()
    bad_numbers = np.flatnonzero(np.isnan(numbers.values) & ~numbers.is_empty).tolist()
    issues = [
        make_issue(
            f"row {layout.numbers[k]}",
            "must be a time such as 17:30 or 2026-12-15T17:30, not {value}",
            value=layout.get_time_text(k),
        )
        for k in bad_times
    ]
    return issues + [
        make_issue(f"row {layout.numbers[k]}", "must be a number, not {value}", value=cells[k]) for k in bad_numbers
    ]


def _check_bounds(
    layout: Layout, cells: Sequence[str], values: Floats, quantity: str, bounds: tuple[float, float]
) -> list[Issue]:
    low, high = bounds
    # Infinite values are written with an exponent.
    is_outside = ~np.isnan(values) & ~((low <= values) & (values <= high) & np.isfinite(values))
    return [
        make_issue(
            f"row {layout.numbers[k]}",
            "must be from {low} to {high} {unit}, not {value}",
            low=low,
            high=high,
            unit=quantity,
            value=cells[k],
        )
        for k in np.flatnonzero(is_outside).tolist()
    ]


def _start_proposal(layout: Layout) -> Proposal:
    """Return what is proposed before the values are read."""
    return Proposal(
        time_columns=tuple(map(layout.key_times, layout.time_choices)),
        columns=tuple(map(layout.key_column, layout.columns)),
        is_dated=layout.is_dated,
        time_column=layout.key_times(layout.times),
    )
