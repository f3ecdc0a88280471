"""Inputs of the scalar reference: the draws and series of a scenario, as plain numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cache

from ev2gym_dashboard import Scenario, Simulation
from ev2gym_dashboard.core.engine.initial_state import EVSE_ORDER_DAY
from ev2gym_dashboard.core.fleet.arrival_rates import compute_arrival_rates
from ev2gym_dashboard.core.fleet.arrivals import (
    ARRIVAL_STREAM,
    NO_ARRIVAL,
    STAY_STREAM,
    draw_arrivals,
    draw_stays,
    make_day_rng,
)
from ev2gym_dashboard.core.fleet.catalog import Catalog
from ev2gym_dashboard.core.scenario_options import EVSE_SHARES
from ev2gym_dashboard.core.site.exogenous import HP
from ev2gym_dashboard.service.datasets.catalogs import load_scenario_catalog
from ev2gym_dashboard.service.datasets.packaged import load_charging_sessions
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source
from tests.reference.scalar_battery import FULL_SOC, STANDARD_KINDS, EvseKind, Model, apportion
from tests.reference.scalar_day import DAY_TICKS, Draw, DrawDay, SeriesDay, Stay, plan_stays
from tests.reference.scalar_room import Expected, rate_site
from tests.reference.scalar_sessions import make_given_fleet, move_to_day
from tests.reference.scalar_simulator import ARRIVAL_MIN_SOC, WARM_UP_DAYS, Fleet, Inputs
from tests.reference.scalar_step import Rules
from tests.reference.scalar_strategies import TWINS, Params, Twin

PARKED_DAYS = 2
"""Days for which a stay can keep a vehicle from arriving again."""


def make_inputs(scenario: Scenario) -> Inputs:
    """Return the inputs of the scalar reference for a scenario."""
    return Inputs(
        rules=make_rules(scenario),
        transition_soc=scenario.transition_soc,
        fleet=make_drawn_fleet(scenario) if scenario.sessions is None else make_given_fleet(scenario, make_model),
        series_day=cache(lambda day: read_series(scenario, day)),
        is_weekend=cache(lambda day: make_exogenous_source(scenario)(day).weekend),
        steps_per_day=scenario.steps_per_day,
        start_step=find_start_step(scenario),
    )


def find_start_step(scenario: Scenario) -> int:
    return (scenario.start_time.hour * 60 + scenario.start_time.minute) // scenario.timestep_min


def make_drawn_fleet(scenario: Scenario) -> Fleet:
    """Return the fleet of drawn stays, with the generators of the engine."""
    models = list_models(load_scenario_catalog(scenario).catalog, scenario.fleet_size)
    target_soc, n = min(scenario.target_soc, FULL_SOC), scenario.steps_per_day
    last_day = (find_start_step(scenario) + scenario.n_steps) // n
    return Fleet(
        models=models,
        initial_soc=[target_soc] * len(models),
        arrival_min_soc=ARRIVAL_MIN_SOC,
        evses=shuffle_evses(scenario),
        kinds=list(STANDARD_KINDS),
        stays=plan_stays(make_draws(scenario), -WARM_UP_DAYS, last_day, n, target_soc=target_soc),
        expected=make_expected(scenario),
        first_step=-WARM_UP_DAYS * n,
    )


def make_rules(scenario: Scenario) -> Rules:
    simulation = Simulation(scenario)
    return Rules(
        timestep_h=scenario.timestep_h,
        reserve_soc=scenario.reserve_soc,
        departure_guard=scenario.departure_guard,
        guards_connection=scenario.departure_guard and simulation.control.guards_connection,
        v2g=scenario.v2g,
        twin=find_twin(scenario.strategy),
        params=list_params(scenario),
        site_cap_kw=simulation.site_cap.cap_kw,
    )


def find_twin(strategy: str) -> Twin:
    """Return the scalar twin of a strategy.

    Raises
    ------
    LookupError
        If it has none, with what to add.
    """
    if strategy not in TWINS:
        raise LookupError(
            f"The strategy {strategy} has no scalar twin: describe its request in the table of docs/physics.md, "
            "section 'The requests of the strategies', and add a Twin that follows it to TWINS in "
            "tests/reference/scalar_strategies.py."
        )
    return TWINS[strategy]


def list_params(scenario: Scenario) -> Params:
    params = Simulation(scenario).control.params
    return {name: float(value) for name, value in asdict(params).items()}  # type: ignore[call-overload]


def list_models(catalog: Catalog, fleet_size: int) -> list[Model]:
    """Return the model of each vehicle of a fleet."""
    counts = apportion(catalog.registrations.tolist(), fleet_size)
    return [model for i, count in enumerate(counts) for model in [make_model(catalog, i)] * count]


def make_model(catalog: Catalog, i: int) -> Model:
    has_table = bool(catalog.has_table[i])
    return Model(
        capacity_kwh=float(catalog.capacity_kwh[i]),
        ac_charge_kw=float(catalog.max_ac_charge_kw[i]),
        dc_charge_kw=float(catalog.max_dc_charge_kw[i]),
        ac_discharge_kw=float(catalog.max_ac_discharge_kw[i]),
        dc_discharge_kw=float(catalog.max_dc_discharge_kw[i]),
        current_a=tuple(catalog.current_a.tolist()) if has_table else (),
        efficiency={
            1: tuple(catalog.efficiency_1ph[i].tolist()) if has_table else (),
            3: tuple(catalog.efficiency_3ph[i].tolist()) if has_table else (),
        },
    )


def shuffle_evses(scenario: Scenario) -> list[EvseKind]:
    """Return the kinds of the EVSEs in the order that the seed gives them."""
    shares, bidirectional = [getattr(scenario, name) for name in EVSE_SHARES], scenario.bidirectional_share
    counts = apportion(
        [share * part for share in shares for part in (1.0 - bidirectional, bidirectional)], scenario.n_evse
    )
    kinds = [kind for kind, count in enumerate(counts) for _ in range(count)]
    order = make_day_rng(scenario.seed, EVSE_ORDER_DAY).permutation(kinds)
    return [STANDARD_KINDS[kind] for kind in order.tolist()]


def make_draws(scenario: Scenario, is_weekend: Callable[[int], bool] | None = None) -> DrawDay:
    """Return the function that draws a day, with the generators of the engine."""
    tables, exogenous = load_charging_sessions()[scenario.place], make_exogenous_source(scenario)
    find_weekend = is_weekend or (lambda day: exogenous(day).weekend)

    @cache
    def draw_day(day: int) -> dict[int, Draw]:
        days = range(day, max(day - PARKED_DAYS, -WARM_UP_DAYS) - 1, -1)
        rates = compute_arrival_rates(
            tables,
            scenario.stay_model,
            tuple(find_weekend(earlier) for earlier in days),
            return_share=scenario.return_share,
        )
        ticks = draw_arrivals(make_day_rng(scenario.seed, day, ARRIVAL_STREAM), rates, scenario.fleet_size)
        vehicles = [vehicle for vehicle, tick in enumerate(ticks.tolist()) if tick != NO_ARRIVAL]
        rng = make_day_rng(scenario.seed, day, STAY_STREAM)
        stay_h, drive_kwh = draw_stays(
            rng, tables, ticks[vehicles], stay_model=scenario.stay_model, drive_scale=scenario.drive_scale
        )
        draws = zip(ticks[vehicles].tolist(), stay_h.tolist(), drive_kwh.tolist(), strict=True)
        return {vehicle: Draw(*draw) for vehicle, draw in zip(vehicles, draws, strict=True)}

    return draw_day


def make_expected(scenario: Scenario) -> Expected:
    """Return the stays that are expected of newcomers: a week, from Monday, of another fleet."""
    size = min(scenario.fleet_size, 500)
    draw_day = make_draws(replace(scenario, fleet_size=size, seed=2**53 - 1), is_weekend=lambda day: day % 7 >= 5)
    models = list_models(load_scenario_catalog(scenario).catalog, scenario.fleet_size)
    charge_kw, charge_efficiency = rate_site(models, shuffle_evses(scenario), scenario.transition_soc)

    # From the warm-up on: on its first days nobody is parked yet, so that more vehicles arrive.
    stays = plan_stays(draw_day, -WARM_UP_DAYS, 6, scenario.steps_per_day, target_soc=scenario.target_soc)

    @cache
    def list_days(weekend: bool) -> list[list[Stay]]:
        return [_list_day(stays, day, scenario.steps_per_day) for day in range(7) if (day >= 5) == weekend]

    return Expected(list_days, scenario.fleet_size / size, charge_kw, charge_efficiency)


def _list_day(stays: list[Stay], day: int, steps_per_day: int) -> list[Stay]:
    """Return the stays that begin on a day, with steps and ticks from its midnight."""
    return [move_to_day(stay, day, steps_per_day) for stay in stays if stay.arrival_tick // DAY_TICKS == day]


def read_series(scenario: Scenario, day: int) -> SeriesDay:
    series = make_exogenous_source(scenario)(day)
    return SeriesDay(
        hour_h=series.hour_h.tolist(),
        price_mad_kwh=series.price_mad_kwh.tolist(),
        export_mad_kwh=series.export_mad_kwh.tolist(),
        is_peak=(series.poste == HP).tolist(),
        solar_kw=series.solar_kw.tolist(),
        base_load_kw=series.base_load_kw.tolist(),
        limit_kw=series.limit_kw.tolist(),
    )
