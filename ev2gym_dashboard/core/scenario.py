"""Scenario: the frozen inputs of a run, and their validation."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

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
    check_evses,
    normalize_evses,
    parse_evses,
)
from ev2gym_dashboard.core.field_help import describe_fields, refuse_unknown_names
from ev2gym_dashboard.core.fleet_parts import FleetPart, check_part_sizes, check_parts, normalize_parts, parse_parts
from ev2gym_dashboard.core.group_lines import PLACES
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
from ev2gym_dashboard.core.schema import (
    Issue,
    ValidationError,
    coerce_value,
    declare_choice,
    declare_quantity,
    declare_switch,
    declare_text,
)

RUN_BAR, SITE = "run_bar", "site"
"""Sections of the form: the bar of the run, the site; all other fields are in that of the scenario."""
STAY_MODELS = ELAADNL_STAYS, HOUR_MEAN_STAYS = "elaadnl", "hour_mean"
V2G_CAPABILITIES = AS_SPECIFIED, AS_SOLD = "as_specified", "as_sold"
TARIFF_CLOCKS = GMT_CLOCK, LEGAL_CLOCK = "gmt", "legal"
PROFILE_DATES = EXACT_DATES, WEEKDAY_DATES = "exact", "weekday"
CHEMISTRIES = NMC, LFP = "nmc", "lfp"
AUTO = "auto"
"""The word of a quantity that follows from the other fields."""
CAP_OFF = "off"
"""The word for no site cap."""
CONNECTION = "connection"
"""The word of a subscribed power that is all that the connection carries."""
OWN_TARIFF = "own"
"""The key of the user's own tariff, whose text ``tariff_spec`` holds."""
PROFILE_BOUNDS = {
    "base_load_profile": (0.0, 1e7),
    "price_profile": (-100.0, 100.0),
    "export_price_profile": (-100.0, 100.0),
    "pv_profile": (0.0, 1e7),
    "limit_profile": (0.0, 1e9),
    "co2_profile": (0.0, 5000.0),
}
"""User-defined series: name, and its lowest and highest value."""
SITE_PROFILES = ("base_load_profile", "pv_profile", "limit_profile")
"""Series of the whole site [kW], which its parts share by their vehicles."""
EVSE_SHARES = ("evse_ac_7_share", "evse_ac_11_share", "evse_ac_22_share", "evse_dc_50_share")
MAX_SEED = 2**53 - 1
"""The largest integer that JavaScript represents exactly."""


def _coerce_params(params: object) -> object:
    """Return parameters as sorted pairs, so that equal ones give equal scenarios and hashes; others as they are."""
    try:
        pairs = dict(params).items()  # type: ignore[call-overload]
        return tuple(sorted((str(name), coerce_value(value)) for name, value in pairs))
    except (TypeError, ValueError):
        return params


@runtime_checkable
class FieldSource(Protocol):
    """A value of a higher room that a scenario holds as fields."""

    def to_fields(self) -> Mapping[str, str]:
        """Return the values of the fields by name."""


@refuse_unknown_names
@dataclass(frozen=True)
class Scenario:
    """The frozen inputs of a run; two equal scenarios give the same result, to the bit.

    ``event_start`` is the time, ISO and UTC, of a demand-response event, empty for none.
    ``params`` holds the parameters of strategies that differ from their defaults, by ``"strategy.parameter"``; a
    mapping is accepted, and stored as sorted pairs, so that a scenario is hashable. ``base_load_profile`` [kW],
    ``price_profile`` and ``export_price_profile`` [MAD/kWh], ``pv_profile`` [kW] and ``co2_profile`` [g/kWh] are
    user-defined series of the site, see `parse_profile_value`; without them, the measured shape, the tariff, the sun
    and ``co2_g_kwh`` apply. ``limit_profile`` [kW] lowers the limit of the connection.
    ``catalog_spec`` is the text of a user-defined spec
    file; without it, ``catalog`` applies. ``tariff`` also accepts a `Tariff`: its key is then "own", and
    ``tariff_spec`` holds its text, which counts under this key only. ``sessions`` are the stays of a user in place of
    drawn ones: a table of `read_sessions`, a DataFrame or a list of dictionaries; ``fleet_size`` then is the number of
    their vehicles, each stay has its EVSE unless ``evses`` declares EVSEs by number, and the fields of arrivals, stays
    and driven energy do not apply.
    """

    catalog: str = declare_choice("2024", (), "Vehicle models", group=RUN_BAR)
    v2g_capability: str = declare_choice(
        AS_SPECIFIED, V2G_CAPABILITIES, "V2G of the models: as in the spec file, or only as sold today, by source"
    )
    fleet_size: int = declare_quantity(1000, "", 1, 10_000_000, "Vehicles in the fleet", group=RUN_BAR)
    strategy: str = declare_choice("grid_support", (), "Strategy", group=RUN_BAR)
    v2g: bool = declare_switch(True, "V2G allowed", group=RUN_BAR)
    tariff: str | FieldSource = declare_choice("bt_bi_horaire", (), "Tariff", group=SITE)  # noqa: RUF009 (a field)
    tariff_clock: str = declare_choice(
        "gmt", TARIFF_CLOCKS, "Clock of the tariff's hours: GMT or Morocco's legal time", group=SITE
    )
    start: str = field(default="2026-12-15T16:00")
    days: float = declare_quantity(1.0, "d", 0.0, 3660.0, "Run length (not used by live runs)", group="")
    timestep_min: int = declare_quantity(15, "min", 1, 60, "Step length; must divide a day")
    seed: int = declare_quantity(0, "", 0, MAX_SEED, "Random seed")

    place: str = declare_choice(
        "home", PLACES, "Parking place of the fleet: selects the ElaadNL arrivals, stays and energy"
    )
    stay_model: str = declare_choice(
        ELAADNL_STAYS,
        STAY_MODELS,
        "Stays: ElaadNL's distribution, jointly with the energy, or the mean of the arrival hour ± 20%",
    )
    return_share: float = declare_quantity(0.7, "", 0.0, 1.0, "Share of vehicles that arrive on a given day")
    drive_scale: float = declare_quantity(1.0, "", 0.0, 5.0, "Driving energy, as a multiple of the ElaadNL data")
    target_soc: float = declare_quantity(0.9, "", 0.1, 1.0, "Target SOC at departure")
    reserve_soc: float = declare_quantity(0.2, "", 0.0, 1.0, "Reserve SOC, below which no vehicle is discharged")
    transition_soc: float = declare_quantity(
        0.8, "", 0.5, 0.99, "SOC above which the charging limit falls, to zero at 100%"
    )
    departure_guard: bool = declare_switch(
        True, "Departure guard: charge in time for departure, regardless of the strategy"
    )

    evse_per_vehicle: float = declare_quantity(0.5, "", 0.0, 2.0, "EVSEs per vehicle")
    evse_ac_7_share: float = declare_quantity(0.4, "", 0.0, 1.0, "Share of EVSEs with AC 7.4 kW (one phase, 32 A)")
    evse_ac_11_share: float = declare_quantity(0.4, "", 0.0, 1.0, "Share of EVSEs with AC 11 kW (three phases, 16 A)")
    evse_ac_22_share: float = declare_quantity(0.1, "", 0.0, 1.0, "Share of EVSEs with AC 22 kW (three phases, 32 A)")
    evse_dc_50_share: float = declare_quantity(0.1, "", 0.0, 1.0, "Share of EVSEs with DC 50 kW")
    bidirectional_share: float = declare_quantity(0.5, "", 0.0, 1.0, "Share of bidirectional EVSEs, in each kind")
    parts: str = declare_text(
        "Parts of a mixed fleet, each with its place and target; parts are separated by semicolons",
        check_parts,
        example="60% home, target 90%; 40% work, target 80%",
    )
    evses: str = declare_text(
        "EVSEs by number or share, in place of the shares above; groups are separated by semicolons",
        check_evses,
        example="10 x AC 22; 4 x DC 350 V2G",
    )

    base_load_kw_per_vehicle: float = declare_quantity(
        2.0, "kW", 0.0, 1000.0, "Peak of the site load without EVs, per vehicle", group=SITE
    )
    limit_kw_per_vehicle: float = declare_quantity(3.5, "kW", 0.0, 1000.0, "Connection limit, per vehicle", group=SITE)
    site_cap_kw_per_vehicle: float | str = declare_quantity(
        CAP_OFF,
        "kW",
        0.0,
        1000.0,
        "Site cap per vehicle: the load of the site up to which strategies charge; auto: the lowest one that leaves "
        "no more energy unserved",
        group=SITE,
        other_words=(AUTO,),
    )
    pv_kwp_per_vehicle: float = declare_quantity(
        4.0, "kWp", 0.0, 1000.0, "Solar capacity of the site, per vehicle", group=SITE
    )
    cloud_factor: float = declare_quantity(
        0.8, "", 0.0, 1.0, "Cloud factor: share of clear-sky irradiance that reaches the panels", group=SITE
    )
    latitude_deg: float = declare_quantity(
        33.57, "°", -66.0, 66.0, "Latitude of the panels (Casablanca), north positive", group=SITE
    )
    longitude_deg: float = declare_quantity(
        -7.59, "°", -180.0, 180.0, "Longitude of the panels, east positive", group=SITE
    )
    altitude_m: float = declare_quantity(27.0, "m", 0.0, 6000.0, "Altitude of the panels", group=SITE)
    tilt_deg: float = declare_quantity(30.0, "°", 0.0, 90.0, "Tilt of the panels from the horizontal", group=SITE)
    azimuth_deg: float | str = declare_quantity(
        AUTO,
        "°",
        0.0,
        360.0,
        "Azimuth of the panels from the north: 90 is east, 180 south; auto: towards the equator",
        group=SITE,
    )
    flat_price_mad_kwh: float = declare_quantity(
        1.4, "MAD/kWh", 0.0, 100.0, "Price at all hours under the flat tariff", group=SITE
    )
    export_peak_mad_kwh: float = declare_quantity(
        0.21, "MAD/kWh", 0.0, 100.0, "Export price in peak hours, MT and above", group=SITE
    )
    export_other_mad_kwh: float = declare_quantity(
        0.18, "MAD/kWh", 0.0, 100.0, "Export price in other hours, MT and above", group=SITE
    )
    subscribed_kva: float | str = declare_quantity(
        CONNECTION,
        "kVA",
        0.0,
        1e10,
        "Subscribed power of the site; connection: all that it carries; auto: the metered peak of a simulated year",
        group=SITE,
        other_words=(AUTO,),
    )
    billed_peak_kva: float = declare_quantity(
        0.0, "kVA", 0.0, 1e10, "Peak already billed in the month in which the run starts", group=SITE
    )
    excess_price_factor: float = declare_quantity(
        1.5,
        "",
        0.0,
        100.0,
        "Assumption: price of a kVA above the subscription, as a multiple of a subscribed one, by month",
        group=SITE,
    )
    metering_interval_min: int = declare_quantity(
        10, "min", 1, 60, "Interval over which the meter averages the demand: 10 or 15; must divide an hour", group=SITE
    )
    power_factor: float = declare_quantity(
        1.0, "", 0.5, 1.0, "Assumption: power factor of the site, which turns kW into kVA", group=SITE
    )
    co2_g_kwh: float = declare_quantity(551.0, "g/kWh", 0.0, 5000.0, "CO2 emitted per kWh from the grid", group=SITE)

    event_start: str = field(default="")
    event_minutes: float = declare_quantity(60.0, "min", 1.0, 1440.0, "Length of the demand-response event", group=SITE)
    event_reduction: float = declare_quantity(
        0.3, "", 0.0, 1.0, "Reduction of the connection limit during the event", group=SITE
    )

    pack_price_mad_kwh: float = declare_quantity(
        990.0, "MAD/kWh", 0.0, 100_000.0, "Battery pack price, for the cost of wear", group=SITE
    )
    end_of_life_loss: float = declare_quantity(
        0.2, "", 0.01, 1.0, "Capacity loss at the end of a battery pack's life", group=SITE
    )
    battery_chemistry: str = declare_choice(
        NMC, CHEMISTRIES, "Chemistry of the battery packs, for the law of their wear", group=SITE
    )
    cell_temperature_c: float = declare_quantity(
        25.0, "°C", 0.0, 60.0, "Temperature of the cells, for calendar wear", group=SITE
    )
    declared_cycle_life: float | str = declare_quantity(
        AUTO,
        "",
        100.0,
        100_000.0,
        "Full cycles to the end of a pack's life; auto: the law of the chemistry",
        group=SITE,
    )

    # The sources of these six stand in docs/compare.md and in the notes of the site page.
    evse_ac_capex_mad_kw: float = declare_quantity(
        1200.0,
        "MAD/kW",
        0.0,
        100_000.0,
        "Price of an AC EVSE, per kW; its installation is assumed to be part of it (Vital Energy Maroc, 2023)",
        group=SITE,
    )
    evse_dc_capex_mad_kw: float = declare_quantity(
        12_750.0,
        "MAD/kW",
        0.0,
        100_000.0,
        "Price of a DC EVSE with its installation, per kW (US Department of Energy, 2017)",
        group=SITE,
    )
    bidirectional_capex_mad_kw: float = declare_quantity(
        2500.0,
        "MAD/kW",
        0.0,
        100_000.0,
        "Assumption: additional price of a bidirectional EVSE, per kW; 4,200 for one with DC in 2020 (Wallbox)",
        group=SITE,
    )
    connection_capex_mad_kva: float = declare_quantity(
        800.0,
        "MAD/kVA",
        0.0,
        100_000.0,
        "Assumption: price of the connection, per kVA that it carries; 770 in Italy, no price of Morocco was found",
        group=SITE,
    )
    investment_years: int = declare_quantity(
        10, "years", 1, 50, "Assumption: lifetime of the EVSEs and of the connection", group=SITE
    )
    discount_rate: float = declare_quantity(
        0.04,
        "",
        0.0,
        1.0,
        "Real discount rate of the investment, per year: loans for equipment less inflation (Bank Al-Maghrib, 2025)",
        group=SITE,
    )

    unserved_mad_kwh: float = declare_quantity(
        5.0,
        "MAD/kWh",
        0.0,
        1000.0,
        "Price of energy missing to the target at a departure, counted in the total cost",
        group=SITE,
    )

    profile_dates: str = declare_choice(
        EXACT_DATES,
        PROFILE_DATES,
        "Dates of series from files: exact, or repeated by weekday and season where a file does not cover the run",
        group=SITE,
    )

    params: tuple[tuple[str, float], ...] = ()
    base_load_profile: ProfileField = NO_PROFILE  # type: ignore[assignment]
    price_profile: ProfileField = NO_PROFILE  # type: ignore[assignment]
    export_price_profile: ProfileField = NO_PROFILE  # type: ignore[assignment]
    pv_profile: ProfileField = NO_PROFILE  # type: ignore[assignment]
    limit_profile: ProfileField = NO_PROFILE  # type: ignore[assignment]
    co2_profile: ProfileField = NO_PROFILE  # type: ignore[assignment]
    catalog_spec: str = ""
    tariff_spec: str = ""
    sessions: SessionsField = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        # A tariff is of a higher room: it says itself which fields it sets.
        for name, text in (self.tariff.to_fields() if isinstance(self.tariff, FieldSource) else {}).items():
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
        issues = [] if "timestep_min" in wrong else check_start(self.start, self.timestep_min)
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
