"""Inputs of the scalar reference for given sessions: their vehicles, EVSEs and stays, as plain numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.arrays import NO_EVSE
from ev2gym_dashboard.core.engine.initial_state import EVSE_ORDER_DAY
from ev2gym_dashboard.core.fleet.arrivals import make_day_rng
from ev2gym_dashboard.core.fleet.evse import EvseKind as EngineKind
from ev2gym_dashboard.core.fleet.session_fleet import SessionFleet, place_sessions
from ev2gym_dashboard.service.datasets.catalogs import load_scenario_catalog
from tests.reference.scalar_battery import EvseKind, Model
from tests.reference.scalar_day import DAY_TICKS, Stay, round_to_single
from tests.reference.scalar_room import Expected, rate_site
from tests.reference.scalar_simulator import Fleet

USUAL_DAYS = 28
MakeModel = Callable[..., Model]


def make_given_fleet(scenario: Scenario, make_model: MakeModel) -> Fleet:
    """Return the fleet of given stays, on the steps and with the energies that the engine reads from the file."""
    given = place_sessions(scenario, load_scenario_catalog(scenario).catalog)
    models = [make_model(given.catalog, i) for i, n in enumerate(given.fleet.counts.tolist()) for _ in range(n)]
    evses = list_evses(given)
    order = make_day_rng(scenario.seed, EVSE_ORDER_DAY).permutation(given.n_shared_evse).tolist()
    stays = list_stays(given, evses, given.stays.drive_kwh.tolist(), scenario.steps_per_day)
    return Fleet(
        models=models,
        initial_soc=given.initial_soc.tolist(),
        arrival_min_soc=0.0,
        evses=[evses[i] for i in order],
        kinds=[convert_kind(kind) for kind in given.installation.kinds],
        stays=stays,
        expected=make_expected(scenario, given, models, evses),
        first_step=given.first_day * scenario.steps_per_day,
    )


def convert_kind(kind: EngineKind) -> EvseKind:
    evse = kind.evse
    return EvseKind(evse.phases, evse.current_a, 0.0 if evse.phases else evse.power_kw, kind.bidirectional)


def list_evses(given: SessionFleet) -> list[EvseKind]:
    """Return the kind of each EVSE, by its number."""
    pairs = zip(given.installation.kinds, given.installation.counts.tolist(), strict=True)
    return [convert_kind(kind) for kind, n in pairs for _ in range(n)]


def list_stays(given: SessionFleet, evses: list[EvseKind], drive_kwh: list[float], steps_per_day: int) -> list[Stay]:
    """Return the stays with the energies that are to be driven before each."""
    stays = given.stays
    times = stays.arrival_tick, stays.arrival_step, stays.departure_tick, stays.departure_step
    rows = zip(*(column.tolist() for column in (stays.row, *times)), strict=True)
    # The codes of a site are repeated for each target; the first one is that of no EVSE.
    target_soc = given.target_soc[1 + stays.code_offset.astype(int)].tolist()
    own = [None if evse == NO_EVSE else evses[evse] for evse in stays.evse.tolist()]
    made = [
        Stay(*row, *rest) for row, *rest in zip(rows, map(round_to_single, drive_kwh), target_soc, own, strict=True)
    ]
    return [replace(stay, arrival_tick=clip_to_day(stay, steps_per_day)) for stay in made]


def clip_to_day(stay: Stay, steps_per_day: int) -> int:
    """Return the tick of an arrival, in the day of its step."""
    midnight = stay.arrival_step // steps_per_day * DAY_TICKS
    return min(max(stay.arrival_tick, midnight), midnight + DAY_TICKS - 1)


def make_expected(scenario: Scenario, given: SessionFleet, models: list[Model], evses: list[EvseKind]) -> Expected:
    """Return the stays that are expected of newcomers: those of the file, with what they miss at arrival."""
    n, monday = scenario.steps_per_day, -scenario.start_time.weekday()
    stays = list_stays(given, evses, given.stays.need_kwh.tolist(), n)
    last_day = max((stay.arrival_step for stay in stays), default=0) // n
    days = range(min(last_day + 1, USUAL_DAYS))

    def list_days(weekend: bool) -> list[list[Stay]]:
        usual = [day for day in days if ((day - monday) % 7 >= 5) == weekend]
        return [[move_to_day(stay, day, n) for stay in stays if stay.arrival_step // n == day] for day in usual]

    return Expected(list_days, 1.0, *rate_site(models, evses, scenario.transition_soc))


def move_to_day(stay: Stay, day: int, steps_per_day: int) -> Stay:
    """Return a stay with its tick of arrival and step of departure from the midnight of a day."""
    return replace(
        stay,
        arrival_tick=stay.arrival_tick - day * DAY_TICKS,
        departure_step=stay.departure_step - day * steps_per_day,
    )
