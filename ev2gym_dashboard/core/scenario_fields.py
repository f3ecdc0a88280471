"""Declared fields of a `Scenario`, by group: name, default, unit, bounds and meaning, once each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from ev2gym_dashboard.core.evse_groups import check_evses
from ev2gym_dashboard.core.fleet_parts import check_parts
from ev2gym_dashboard.core.group_lines import PLACES
from ev2gym_dashboard.core.scenario_options import (
    AS_SPECIFIED,
    AUTO,
    BATTERIES,
    CAP_OFF,
    CONNECTION,
    DATES,
    ELAADNL_STAYS,
    EVSES,
    MAX_SEED,
    METER,
    PRICES,
    RUN_BAR,
    SCENARIO_BAR,
    SCHEDULE,
    SITE,
    STAY_MODELS,
    TARIFF_CLOCKS,
    V2G_CAPABILITIES,
    VEHICLES,
)
from ev2gym_dashboard.core.schema import declare_choice, declare_quantity, declare_switch, declare_text


@runtime_checkable
class FieldSource(Protocol):
    """A value of a higher room that a scenario holds as fields."""

    def to_fields(self) -> Mapping[str, str]:
        """Return the values of the fields by name."""


@dataclass(frozen=True)
class RunFields:
    """Vehicles, strategy, tariff and time of a run."""

    catalog: str = declare_choice("2024", (), "Vehicle models", group=RUN_BAR)
    v2g_capability: str = declare_choice(
        AS_SPECIFIED,
        V2G_CAPABILITIES,
        "V2G of the models: as in the spec file, or only as sold today, by source",
        group=VEHICLES,
    )
    fleet_size: int = declare_quantity(1000, "", 1, 10_000_000, "Vehicles in the fleet", group=RUN_BAR)
    strategy: str = declare_choice("grid_support", (), "Strategy", group=RUN_BAR)
    v2g: bool = declare_switch(True, "V2G allowed", group=RUN_BAR)
    tariff: str | FieldSource = declare_choice("bt_bi_horaire", (), "Tariff", group=SCENARIO_BAR)  # noqa: RUF009 (a field)
    tariff_clock: str = declare_choice(
        "gmt", TARIFF_CLOCKS, "Clock of the tariff's hours: GMT or Morocco's legal time", group=PRICES
    )
    start: str = field(default="2026-12-15T16:00")
    days: float = declare_quantity(1.0, "d", 0.0, 3660.0, "Run length (not used by live runs)", group="")
    timestep_min: int = declare_quantity(15, "min", 1, 60, "Step length; must divide a day", group=DATES)
    seed: int = declare_quantity(0, "", 0, MAX_SEED, "Random seed", group=DATES)


@dataclass(frozen=True)
class StayFields:
    """Stays of the vehicles, and what drivers need."""

    place: str = declare_choice(
        "home", PLACES, "Parking place of the fleet: selects the ElaadNL arrivals, stays and energy", group=SCENARIO_BAR
    )
    stay_model: str = declare_choice(
        ELAADNL_STAYS,
        STAY_MODELS,
        "Stays: ElaadNL's distribution, jointly with the energy, or the mean of the arrival hour ± 20%",
        group=VEHICLES,
    )
    return_share: float = declare_quantity(
        0.7, "", 0.0, 1.0, "Share of vehicles that arrive on a given day", group=VEHICLES
    )
    drive_scale: float = declare_quantity(
        1.0, "", 0.0, 5.0, "Driving energy, as a multiple of the ElaadNL data", group=VEHICLES
    )
    target_soc: float = declare_quantity(0.9, "", 0.1, 1.0, "Target SOC at departure", group=VEHICLES)
    reserve_soc: float = declare_quantity(
        0.2, "", 0.0, 1.0, "Reserve SOC, below which no vehicle is discharged", group=BATTERIES
    )
    transition_soc: float = declare_quantity(
        0.8, "", 0.5, 0.99, "SOC above which the charging limit falls, to zero at 100%", group=BATTERIES
    )
    departure_guard: bool = declare_switch(
        True, "Departure guard: charge in time for departure, regardless of the strategy", group=BATTERIES
    )


@dataclass(frozen=True)
class EvseFields:
    """EVSEs of the site, and parts of the fleet."""

    evse_per_vehicle: float = declare_quantity(0.5, "", 0.0, 2.0, "EVSEs per vehicle", group=EVSES)
    evse_ac_7_share: float = declare_quantity(
        0.4, "", 0.0, 1.0, "Share of EVSEs with AC 7.4 kW (one phase, 32 A)", group=EVSES
    )
    evse_ac_11_share: float = declare_quantity(
        0.4, "", 0.0, 1.0, "Share of EVSEs with AC 11 kW (three phases, 16 A)", group=EVSES
    )
    evse_ac_22_share: float = declare_quantity(
        0.1, "", 0.0, 1.0, "Share of EVSEs with AC 22 kW (three phases, 32 A)", group=EVSES
    )
    evse_dc_50_share: float = declare_quantity(0.1, "", 0.0, 1.0, "Share of EVSEs with DC 50 kW", group=EVSES)
    bidirectional_share: float = declare_quantity(
        0.5, "", 0.0, 1.0, "Share of bidirectional EVSEs, in each kind", group=EVSES
    )
    parts: str = declare_text(
        "Parts of a mixed fleet, each with its place and target; parts are separated by semicolons",
        check_parts,
        example="60% home, target 90%; 40% work, target 80%",
        group=VEHICLES,
    )
    evses: str = declare_text(
        "EVSEs by number or share, in place of the shares above; groups are separated by semicolons",
        check_evses,
        example="10 x AC 22; 4 x DC 350 V2G",
        group=EVSES,
    )


@dataclass(frozen=True)
class SiteFields:
    """Load, connection, sun, prices and CO2 of the site, and its demand-response event."""

    base_load_kw_per_vehicle: float = declare_quantity(
        2.0, "kW", 0.0, 1000.0, "Peak of the site load without EVs, per vehicle", group=SITE
    )
    limit_kw_per_vehicle: float = declare_quantity(
        3.5, "kW", 0.0, 1000.0, "Connection limit, per vehicle", group=SCENARIO_BAR
    )
    site_cap_kw_per_vehicle: float | str = declare_quantity(
        CAP_OFF,
        "kW",
        0.0,
        1000.0,
        "Site cap per vehicle: the load of the site up to which strategies charge; auto: the lowest one that leaves "
        "no more energy unserved",
        group=METER,
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
        1.4, "MAD/kWh", 0.0, 100.0, "Price at all hours under the flat tariff", group=PRICES
    )
    export_peak_mad_kwh: float = declare_quantity(
        0.21, "MAD/kWh", 0.0, 100.0, "Export price in peak hours, MT and above", group=PRICES
    )
    export_other_mad_kwh: float = declare_quantity(
        0.18, "MAD/kWh", 0.0, 100.0, "Export price in other hours, MT and above", group=PRICES
    )
    subscribed_kva: float | str = declare_quantity(
        CONNECTION,
        "kVA",
        0.0,
        1e10,
        "Subscribed power of the site; connection: all that it carries; auto: the metered peak of a simulated year",
        group=METER,
        other_words=(AUTO,),
    )
    billed_peak_kva: float = declare_quantity(
        0.0, "kVA", 0.0, 1e10, "Peak already billed in the month in which the run starts", group=METER
    )
    excess_price_factor: float = declare_quantity(
        1.5,
        "",
        0.0,
        100.0,
        "Assumption: price of a kVA above the subscription, as a multiple of a subscribed one, by month",
        group=METER,
    )
    metering_interval_min: int = declare_quantity(
        10,
        "min",
        1,
        60,
        "Interval over which the meter averages the demand: 10 or 15; must divide an hour",
        group=METER,
    )
    power_factor: float = declare_quantity(
        1.0, "", 0.5, 1.0, "Assumption: power factor of the site, which turns kW into kVA", group=METER
    )
    co2_g_kwh: float = declare_quantity(551.0, "g/kWh", 0.0, 5000.0, "CO2 emitted per kWh from the grid", group=SITE)

    event_start: str = field(default="")
    event_minutes: float = declare_quantity(
        60.0, "min", 1.0, 1440.0, "Length of the demand-response event", group=SCHEDULE
    )
    event_reduction: float = declare_quantity(
        0.3, "", 0.0, 1.0, "Reduction of the connection limit during the event", group=SCHEDULE
    )
    above_schedule_mad_kwh: float = declare_quantity(
        0.0, "MAD/kWh", 0.0, 100.0, "Price of a kWh that the fleet draws above its schedule", group=SCHEDULE
    )
    below_schedule_mad_kwh: float = declare_quantity(
        0.0, "MAD/kWh", 0.0, 100.0, "Price of a kWh that the fleet draws below its schedule", group=SCHEDULE
    )
