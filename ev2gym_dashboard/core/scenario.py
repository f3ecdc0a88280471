"""Scenario: the frozen inputs of a run, and their validation."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from ev2gym_dashboard.core import schema
from ev2gym_dashboard.core.charging_sessions import (
    ChargingSessions,
    SessionsField,
    check_sessions,
    format_time,
    parse_sessions,
)
from ev2gym_dashboard.core.evse_groups import (
    EvseGroup,
    check_evse_places,
    normalize_evses,
    parse_evses,
)
from ev2gym_dashboard.core.field_help import describe_fields, refuse_unknown_names
from ev2gym_dashboard.core.fleet_parts import FleetPart, check_part_sizes, normalize_parts, parse_parts
from ev2gym_dashboard.core.profile import NO_PROFILE, ProfileField, check_profile, parse_profile_value
from ev2gym_dashboard.core.scenario_checks import (
    MINUTES_PER_DAY,
    check_metering_interval,
    check_shares,
    check_start,
    check_text,
    check_time,
    coerce_time,
    parse_time,
)
from ev2gym_dashboard.core.scenario_costs import CostFields, IncomeFields, ObjectiveFields
from ev2gym_dashboard.core.scenario_fields import (
    EvseFields,
    FieldSource,
    RunFields,
    SiteFields,
    StayFields,
)
from ev2gym_dashboard.core.scenario_options import (
    DATES,
    EVSE_SHARES,
    EXACT_DATES,
    PROFILE_BOUNDS,
    PROFILE_DATES,
    SITE_PROFILES,
)
from ev2gym_dashboard.core.schema import (
    Issue,
    ValidationError,
    coerce_value,
    declare_choice,
)


def _coerce_params(params: object) -> object:
    """Return parameters as sorted pairs, so that equal ones give equal scenarios and hashes; others as they are."""
    try:
        pairs = dict(params).items()  # type: ignore[call-overload]
        return tuple(sorted((str(name), coerce_value(value)) for name, value in pairs))
    except (TypeError, ValueError):
        return params


@refuse_unknown_names
# Of several bases, the fields of the last one come first.
@dataclass(frozen=True)
class Scenario(ObjectiveFields, IncomeFields, CostFields, SiteFields, EvseFields, StayFields, RunFields):
    """The frozen inputs of a run; two equal scenarios give the same result, to the bit.

    ``event_start`` is the time, ISO and UTC, of a demand-response event, empty for none.
    ``params`` holds the parameters of strategies that differ from their defaults, by ``"strategy.parameter"``; a
    mapping is accepted, and stored as sorted pairs, so that a scenario is hashable. ``base_load_profile`` [kW],
    ``price_profile`` and ``export_price_profile`` [MAD/kWh], ``pv_profile`` [kW] and ``co2_profile`` [g/kWh] are
    user-defined series of the site, see `parse_profile_value`; without them, the measured shape, the tariff, the sun
    and ``co2_g_kwh`` apply. ``limit_profile`` [kW] lowers the limit of the connection.
    ``setpoint_profile`` [kW] is a schedule of the fleet's net power, which it follows where the series has values, in
    place of the strategy. ``catalog_spec`` is the text of a user-defined spec
    file; without it, ``catalog`` applies. ``tariff`` also accepts a `Tariff`: its key is then "own", and
    ``tariff_spec`` holds its text, which counts under this key only. ``sessions`` are the stays of a user in place of
    drawn ones: a table of `read_sessions`, a DataFrame or a list of dictionaries; ``fleet_size`` then is the number of
    their vehicles, each stay has its EVSE unless ``evses`` declares EVSEs by number, and the fields of arrivals, stays
    and driven energy do not apply.
    """

    profile_dates: str = declare_choice(
        EXACT_DATES,
        PROFILE_DATES,
        "Dates of series from files: exact, or repeated by weekday and season where a file does not cover the run",
        group=DATES,
    )

    params: tuple[tuple[str, float], ...] = ()
    base_load_profile: ProfileField = NO_PROFILE  # type: ignore[assignment]
    price_profile: ProfileField = NO_PROFILE  # type: ignore[assignment]
    export_price_profile: ProfileField = NO_PROFILE  # type: ignore[assignment]
    pv_profile: ProfileField = NO_PROFILE  # type: ignore[assignment]
    limit_profile: ProfileField = NO_PROFILE  # type: ignore[assignment]
    co2_profile: ProfileField = NO_PROFILE  # type: ignore[assignment]
    setpoint_profile: ProfileField = NO_PROFILE  # type: ignore[assignment]
    catalog_spec: str = ""
    tariff_spec: str = ""
    sessions: SessionsField = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        # A tariff is of a higher room: it says itself which fields it sets.
        if not isinstance(self.tariff, str) and isinstance(self.tariff, FieldSource):
            for name, text in self.tariff.to_fields().items():
                object.__setattr__(self, name, text)
        # What cannot be taken stays as it is, for `validate` to report it.
        values = {name: coerce_value(getattr(self, name), d) for name, d in schema.list_declared(Scenario).items()}
        values |= {name: coerce_time(getattr(self, name)) for name in ("start", "event_start")}
        values["params"] = _coerce_params(self.params)
        values |= {"evses": normalize_evses(self.evses), "parts": normalize_parts(self.parts)}
        for name in PROFILE_BOUNDS:
            with suppress(ValidationError):
                values[name] = parse_profile_value(getattr(self, name))
        with suppress(ValidationError):
            values["sessions"] = parse_sessions(self.sessions)
        sessions = values.get("sessions")
        if isinstance(sessions, ChargingSessions):
            # The fleet is that of the file: a number beside it could only be wrong.
            values["fleet_size"] = sessions.n_vehicles
        for name, value in values.items():
            # Frozen dataclasses set fields this way.
            object.__setattr__(self, name, value)

    @property
    def start_time(self) -> datetime:
        """Start of the run, aware, in UTC."""
        return parse_time(self.start)

    @property
    def steps_per_day(self) -> int:
        return MINUTES_PER_DAY // self.timestep_min

    @property
    def timestep_h(self) -> float:
        return self.timestep_min / 60.0

    @property
    def n_steps(self) -> int:
        return round(self.days * self.steps_per_day)

    @property
    def limit_kw(self) -> float:
        """Power that the connection carries [kW]."""
        return self.limit_kw_per_vehicle * self.fleet_size

    def with_seed(self, seed: int) -> Scenario:
        """Return the scenario under another seed, a whole number."""
        # Not `replace`, which would parse every field again: an episode of a small fleet notices.
        other = copy(self)
        object.__setattr__(other, "seed", int(seed))
        return other

    def with_scaled_profiles(self, factor: float) -> Scenario:
        """Return the scenario with the series of its whole site multiplied."""
        profiles: dict[str, Any] = {name: getattr(self, name).scaled(factor) for name in SITE_PROFILES}
        return replace(self, **profiles)

    def with_rotated_profiles(self, n_days: int) -> Scenario:
        """Return the scenario with its series for a run that starts ``n_days`` later."""
        profiles: dict[str, Any] = {name: getattr(self, name).rotated(n_days) for name in PROFILE_BOUNDS}
        return replace(self, **profiles)

    @property
    def connection_kva(self) -> float:
        """Apparent power that the connection carries [kVA]."""
        return self.limit_kw / self.power_factor

    @property
    def co2_varies(self) -> bool:
        """Whether the CO2 factor of the grid depends on the time, so that shifting load can save emissions."""
        return len(np.unique(self.co2_profile.values)) > 1

    @property
    def exact_evses(self) -> float:
        """Number of EVSEs before it is rounded."""
        counts = [group.amount for group in self.evse_groups if not group.is_share]
        if self.sessions is not None:
            return float(len(self.sessions.evse_ids) + sum(counts) if counts else self.sessions.n_evse)
        return sum(counts) if counts else self.evse_per_vehicle * self.fleet_size

    @property
    def fleet_parts(self) -> tuple[FleetPart, ...]:
        """The declared parts of the fleet; none for a fleet of one part."""
        return parse_parts(self.parts)[0]

    @property
    def places(self) -> tuple[str, ...]:
        """Places at which vehicles of the fleet park."""
        return tuple(dict.fromkeys(part.place for part in self.fleet_parts)) or (self.place,)

    @property
    def evse_groups(self) -> tuple[EvseGroup, ...]:
        """The declared EVSEs by group; none where the shares of the kinds apply."""
        return parse_evses(self.evses)[0]

    @property
    def queues_sessions(self) -> bool:
        """Whether given stays at no EVSE of their file wait for one of those that are declared by number."""
        return self.sessions is not None and any(not group.is_share for group in self.evse_groups)

    @property
    def n_evse(self) -> int:
        """Number of EVSEs, rounded to the nearest integer; at least one unless ``evse_per_vehicle`` is 0."""
        return max(round(self.exact_evses), int(self.exact_evses > 0.0))

    @property
    def _has_no_event(self) -> bool:
        return isinstance(self.event_start, str) and not self.event_start

    @property
    def event_steps(self) -> range:
        """Steps in which the demand-response event reduces the limit; empty without an event."""
        if self._has_no_event:
            return range(0)
        begins = (parse_time(self.event_start) - self.start_time) / timedelta(minutes=self.timestep_min)
        ends = math.ceil(begins + self.event_minutes / self.timestep_min)
        return range(max(math.ceil(begins), 0), max(ends, 0))

    def get_step_time(self, step: int) -> datetime:
        """Return the time at which a step begins, aware, in UTC."""
        return self.start_time + timedelta(minutes=step * self.timestep_min)

    def validate(self, options: Mapping[str, Collection[str]] | None = None) -> list[Issue]:
        """Return every issue, an empty list if there is none.

        ``options`` holds the allowed keys of the fields whose tables belong to higher layers.
        """
        issues = schema.check_declared(self)
        for name, keys in (options or {}).items():
            issues += schema.check_key(name, getattr(self, name), keys)
        return issues + self._check_relations({issue.field for issue in issues})

    def _check_session_dates(self) -> list[Issue]:
        """Return an issue if no stay of the sessions falls into the run."""
        if not isinstance(self.sessions, ChargingSessions):
            return []
        first, last = self.sessions.find_span_s()
        begin = self.start_time.timestamp()
        if begin < last and first < begin + max(self.days, 1.0) * 86_400.0:
            return []
        times = (("first", format_time(first)), ("last", format_time(last)))
        return [Issue("start", "must be within the charging sessions, which last from {first} to {last}", times)]

    def _check_relations(self, wrong: Collection[str]) -> list[Issue]:
        """Return the issues between fields, and of those without a declaration; without the checks of wrong fields."""
        has_no_steps = "timestep_min" in wrong
        issues = check_time("start", self.start) if has_no_steps else check_start(self.start, self.timestep_min)
        issues += [] if "metering_interval_min" in wrong else check_metering_interval(self.metering_interval_min)
        issues += [] if self._has_no_event else check_time("event_start", self.event_start)
        issues += [] if set(EVSE_SHARES) & set(wrong) else check_shares({n: getattr(self, n) for n in EVSE_SHARES})
        if not {"evses", "place", "parts"} & set(wrong):
            issues += check_evse_places(self.evse_groups, places=self.places)
        if not {"parts", "fleet_size"} & set(wrong):
            has_sessions = self.sessions is not None
            issues += check_part_sizes(self.fleet_parts, fleet_size=self.fleet_size, has_sessions=has_sessions)
        issues += [] if isinstance(self.params, tuple) else [Issue("params", "must map names to numbers")]
        issues += check_text("catalog_spec", self.catalog_spec) + check_text("tariff_spec", self.tariff_spec)
        issues += check_sessions(self.sessions)
        wrong = {*wrong, *(issue.field for issue in issues)}
        issues += [] if {"start", "days"} & wrong else self._check_session_dates()
        for name, (low, high) in PROFILE_BOUNDS.items():
            issues += check_profile(name, getattr(self, name), low=low, high=high)
        return issues


# Not written by hand: help(Scenario) shows each declared field with its unit and its bounds.
Scenario.__doc__ = f"{Scenario.__doc__}\nFields\n------\n{describe_fields(Scenario)}\n"
