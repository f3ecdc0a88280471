"""Assembly of charging sessions: the columns of a table, checked row by row, as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Booleans, Floats
from ev2gym_dashboard.core.charging_sessions import ChargingSessions, VehicleSpec
from ev2gym_dashboard.core.fleet.battery import FULL_SOC
from ev2gym_dashboard.core.schema import Issue, ValidationError, format_value
from ev2gym_dashboard.service.datasets.session_file.cells import simplify_cells
from ev2gym_dashboard.service.datasets.session_file.columns import COLUMNS, name_columns
from ev2gym_dashboard.service.datasets.session_file.row_issues import RowIssues
from ev2gym_dashboard.service.datasets.session_file.times import NO_TIME, check_time_zone, parse_times
from ev2gym_dashboard.service.datasets.session_file.vehicles import assign_vehicles

FIRST_S, LAST_S = 946_684_800, 4_133_980_800
"""The years 2000 to 2100, as for the start of a run [s since 1970]."""
MAX_SPECS = 500
EXACT_BELOW = 2.0**53
"""Below it, a float tells one whole number from the next."""
SPEC_COLUMNS = ("model", "capacity_kwh", "power_kw", "discharge_kw")


def assemble_sessions(table: pd.DataFrame, *, first_row: int, time_zone: str) -> ChargingSessions:
    """Return the sessions of a table; ``first_row`` is the number of its first row as a user counts them.

    Raises
    ------
    ValidationError
        With every issue.
    """
    check_time_zone(time_zone)
    named, factors = name_columns(table.dropna(how="all"))
    if not len(named):
        raise ValidationError([Issue("file", "must have at least one session")])
    issues = RowIssues(named, first_row=first_row)
    named = _simplify(named, issues)
    numbers = _parse_numbers(named, factors, issues)
    arrival_s, departure_s = _parse_stays(named, numbers, issues, time_zone)
    _check_contents(numbers, issues)
    spec, specs, vehicle, vehicle_ids, evse, evse_ids = _find_identities(named, numbers)
    _check_specs(spec, specs, vehicle, issues)
    order = np.argsort(arrival_s, kind="stable")
    for name, codes, ids in (("vehicle", vehicle, vehicle_ids), ("evse", evse, evse_ids)):
        issues.check_overlaps(name, codes, ids, order, arrival_s, departure_s)
    issues.raise_any()
    assigned, made_up = assign_vehicles(
        vehicle[order], evse[order], spec[order], arrival_s=arrival_s[order], departure_s=departure_s[order]
    )
    n_vehicles = len(vehicle_ids) + len(made_up)
    vehicle_spec = np.zeros(n_vehicles, np.int32)
    vehicle_spec[assigned] = spec[order]
    return ChargingSessions(
        vehicle=assigned.astype(np.int32),
        arrival_s=arrival_s[order],
        departure_s=departure_s[order],
        energy_kwh=numbers["energy_kwh"][order],
        soc=numbers["soc"][order],
        target_soc=numbers["target_soc"][order],
        evse=evse[order].astype(np.int32),
        spec=vehicle_spec,
        vehicle_ids=(*vehicle_ids, *made_up),
        evse_ids=tuple(evse_ids),
        specs=specs,
    )


def _simplify(named: pd.DataFrame, issues: RowIssues) -> pd.DataFrame:
    """Return the columns with plain cells; numbers and times are told apart from other cells when they are parsed."""
    columns = {}
    for name in named:
        columns[name], is_odd = simplify_cells(named[name])
        if COLUMNS[str(name)].kind == "text":
            issues.add_issue(str(name), "must be a text, not {value}", is_odd, columns[name])
    return pd.DataFrame(columns)


def _parse_numbers(named: pd.DataFrame, factors: dict[str, float], issues: RowIssues) -> dict[str, Floats]:
    numbers: dict[str, Floats] = {}
    for name, column in COLUMNS.items():
        if column.kind not in ("number", "share"):
            continue
        numbers[name] = np.full(len(named), np.nan)
        if name not in named:
            continue
        given = named[name]
        values = _to_numbers(given) * factors[name]
        is_text = given.notna().to_numpy() & np.isnan(values)
        issues.add_issue(name, "must be a number, not {value}", is_text, given)
        if column.kind == "share":
            values = _to_shares(values)
            outside = (values < 0.0) | (values > 1.0)
            issues.add_issue(name, "must be from 0 to 1, or from 0 to 100%, not {value}", outside, given)
        else:
            bounds = (("low", f"{column.low:g}"), ("high", f"{column.high:g}"))
            outside = (values < column.low) | (values > column.high)
            issues.add_issue(name, "must be from {low} to {high}, not {value}", outside, given, bounds)
        numbers[name] = values
    return numbers


def _to_numbers(column: pd.Series) -> Floats:
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(np.float64, na_value=np.nan)
    texts = column.astype("string").str.replace("%", "").str.replace(",", ".").str.strip()
    values: Floats = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _to_shares(values: Floats) -> Floats:
    # A column of shares in per cent: one value above 1 is enough to tell, as no battery holds more than all of it.
    is_percent = bool((values > 1.0).any()) and not bool((values > 100.0).any())
    return values / 100.0 if is_percent else values


def _parse_stays(
    named: pd.DataFrame, numbers: dict[str, Floats], issues: RowIssues, time_zone: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    times = {}
    for name in ("arrival", "departure"):
        if name in named:
            times[name] = parse_times(named[name], time_zone)
            unknown, outside = times[name] == NO_TIME, (times[name] < FIRST_S) | (times[name] > LAST_S)
            issues.add_issue(name, "must be a time such as 2026-12-15T17:30, not {value}", unknown, named[name])
            outside &= ~unknown
            issues.add_issue(name, "must be between the years 2000 and 2100, not {value}", outside, named[name])
    if "departure" not in times:
        stay_h = numbers["stay_h"]
        issues.add_issue("stay_h", "is missing", np.isnan(stay_h))
        times["departure"] = times["arrival"] + np.round(np.nan_to_num(stay_h) * 3600.0).astype(np.int64)
    known = (times["arrival"] != NO_TIME) & (times["departure"] != NO_TIME)
    never = known & (times["departure"] <= times["arrival"])
    shown = named.get("departure", named["arrival"])
    issues.add_issue("departure", "must be after the arrival, not {value}", never, shown)
    return times["arrival"], times["departure"]


def _check_contents(numbers: dict[str, Floats], issues: RowIssues) -> None:
    energy_kwh, soc = numbers["energy_kwh"], numbers["soc"]
    unknown = np.isnan(energy_kwh) & np.isnan(soc)
    issues.add_issue("energy_kwh", "is missing, and so is the SOC at arrival", unknown)
    too_much = energy_kwh > numbers["capacity_kwh"] / FULL_SOC
    issues.add_issue("energy_kwh", "is more than the battery of the vehicle holds", too_much)
    issues.add_issue("target_soc", "must not be below the SOC at arrival", numbers["target_soc"] < soc)
    alone = ~np.isnan(numbers["capacity_kwh"]) & np.isnan(numbers["power_kw"])
    issues.add_issue("power_kw", "is missing: a capacity needs the power of charging too", alone)


def _find_identities(named: pd.DataFrame, numbers: dict[str, Floats]) -> tuple[Any, ...]:
    """Return the spec, the vehicle and the EVSE of each row as codes, -1 for none, and what they stand for."""
    model, models = _factorize(named, "model")
    keys = pd.DataFrame({name: numbers[name] for name in SPEC_COLUMNS[1:]}).assign(model=model)
    spec = keys.groupby([*keys.columns], sort=False, dropna=False).ngroup().to_numpy(np.int64)
    rows = np.unique(spec, return_index=True)[1]
    specs = tuple(
        VehicleSpec(models[model[row]] if model[row] >= 0 else "", *(float(numbers[n][row]) for n in SPEC_COLUMNS[1:]))
        for row in rows.tolist()
    )
    return spec, specs, *_factorize(named, "vehicle"), *_factorize(named, "evse")


def _factorize(named: pd.DataFrame, name: str) -> tuple[NDArray[np.int64], list[str]]:
    if name not in named:
        return np.full(len(named), -1, np.int64), []
    column = named[name]
    whole = column.dropna() if pd.api.types.is_float_dtype(column) else None
    if whole is not None and (whole % 1 == 0).all() and (whole.abs() < EXACT_BELOW).all():
        # A column of whole numbers with gaps: 3.0 is vehicle 3.
        column = column.astype("Int64")
    codes, values = pd.factorize(column)
    return codes.astype(np.int64), [format_value(str(value).strip()) for value in values]


def _check_specs(
    spec: NDArray[np.int64], specs: tuple[VehicleSpec, ...], vehicle: NDArray[np.int64], issues: RowIssues
) -> None:
    """Add an issue for each row whose vehicle has had another model, capacity or power before."""
    known = np.flatnonzero(vehicle >= 0)
    first = np.full(int(vehicle.max(initial=-1)) + 1, -1, np.int64)
    first[vehicle[known[::-1]]] = spec[known[::-1]]
    differs: Booleans = np.zeros(len(spec), np.bool_)
    differs[known] = spec[known] != first[vehicle[known]]
    issues.add_issue("vehicle", "has another model, capacity or power than in an earlier row", differs)
    if len(specs) > MAX_SPECS:
        raise ValidationError(
            [
                Issue(
                    "file",
                    "has {n} different vehicles (model, capacity, power): at most {high}",
                    (("n", len(specs)), ("high", MAX_SPECS)),
                )
            ]
        )
