"""A tariff of the user in a run: its bill by hand, the days of a clock change, and every way that carries it."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, Simulation, compare, simulate
from ev2gym_dashboard.core.scenario_options import OWN_TARIFF
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.core.site.tariff import Tariff
from ev2gym_dashboard.core.site.tariff_text import encode_tariff
from ev2gym_dashboard.service.comparison.request import dump_comparison_request, make_comparison_request
from ev2gym_dashboard.service.comparison.request import parse_comparison_request as parse_request
from ev2gym_dashboard.service.datasets.packaged import load_tariffs
from ev2gym_dashboard.service.datasets.tariff_file import parse_tariff, parse_tariff_text
from ev2gym_dashboard.service.scenarios.exogenous import make_exogenous_source
from ev2gym_dashboard.service.scenarios.serialization import deserialize_scenario, serialize_scenario
from ev2gym_dashboard.service.scenarios.tariff import find_tariff
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, parse_run, serialize_run
from ev2gym_dashboard.service.sessions.share_link import decode_share_link, encode_share_link

EMPTY_SITE: dict[str, Any] = {
    "fleet_size": 1,
    "evse_per_vehicle": 0.0,
    "pv_kwp_per_vehicle": 0.0,
    "limit_kw_per_vehicle": 1000.0,
    "timestep_min": 60,
}
"""A site whose load is its profile alone."""


def make_tariff(**changes: Any) -> Tariff:
    document = {
        "name": "Half hours",
        "time_zone": "Europe/Paris",
        "periods": {"day": {"kind": "peak", "price_per_kwh": 2.0}, "night": {"price_per_kwh": 1.0}},
        "seasons": [{"hours": {"every_day": {"day": "06:30-22:30", "night": "22:30-06:30"}}}],
    }
    return parse_tariff(json.dumps(document | changes).encode())


def bill_flat_load(tariff: Tariff, start: str, hours: float, load_kw: float = 10.0) -> dict[str, float]:
    profile = ((load_kw,) * 24,)
    scenario = Scenario(tariff=tariff, start=start, days=hours / 24, base_load_profile=profile, **EMPTY_SITE)
    simulation = Simulation(scenario)
    simulation.advance(scenario.n_steps)
    return simulation.kpis


def test_a_scenario_takes_a_tariff_or_a_key() -> None:
    tariff = make_tariff()
    scenario = Scenario(tariff=tariff)
    assert (scenario.tariff, find_tariff(scenario)) == (OWN_TARIFF, tariff)
    assert find_tariff(replace(scenario, tariff="mt_general")) == load_tariffs()["mt_general"]
    assert hash(scenario) == hash(Scenario(tariff=make_tariff()))


@pytest.mark.parametrize("key", load_tariffs())
def test_a_tariff_of_onee_as_the_users_own_gives_the_same_bill(key: str) -> None:
    scenario = Scenario(
        tariff=key, fleet_size=30, days=0.5, timestep_min=60, export_peak_mad_kwh=0, export_other_mad_kwh=0
    )
    own = replace(scenario, tariff=parse_tariff_text(encode_tariff(load_tariffs()[key])))
    assert simulate(own).kpis == simulate(scenario).kpis


def test_a_boundary_within_a_step_gives_the_mean_price() -> None:
    scenario = Scenario(tariff=make_tariff(), start="2026-12-15", timestep_min=60)
    prices = make_exogenous_source(scenario)(0).price_mad_kwh
    # 06:30 and 22:30 in Paris are 05:30 and 21:30 UTC.
    assert prices.tolist() == [1.0] * 5 + [1.5] + [2.0] * 15 + [1.5] + [1.0] * 2


@pytest.mark.parametrize(("day", "shift"), [("2026-07-01", 2), ("2026-12-01", 1)])
def test_the_hours_follow_summer_time(day: str, shift: int) -> None:
    scenario = Scenario(tariff=make_tariff(), start=day, timestep_min=30)
    peak = np.flatnonzero(make_exogenous_source(scenario)(0).price_mad_kwh == 2.0) / 2.0
    assert (peak[0], peak[-1]) == (6.5 - shift, 22.0 - shift)


def test_the_hours_of_casablanca_follow_legal_time_as_of_20_september_2026() -> None:
    tariff = make_tariff(time_zone="Africa/Casablanca")
    starts = [
        np.flatnonzero(
            make_exogenous_source(Scenario(tariff=tariff, start=day, timestep_min=30))(0).price_mad_kwh == 2
        )[0]
        for day in ("2026-09-01", "2026-10-01")
    ]
    assert starts == [11, 13]


def test_the_days_of_the_clock_change_have_23_and_25_hours() -> None:
    # 23 h in March have 16 h of day and 7 h of night, 25 h in October 9 h of night.
    spring = bill_flat_load(make_tariff(), "2027-03-27T23:00", 23)
    autumn = bill_flat_load(make_tariff(), "2026-10-24T22:00", 25)
    assert spring["import_cost_mad"] == pytest.approx(16 * 20 + 7 * 10)
    assert autumn["import_cost_mad"] == pytest.approx(16 * 20 + 9 * 10)


def test_the_standing_charge_of_a_year_is_shared_by_hours() -> None:
    kpis = bill_flat_load(make_tariff(fixed_per_month=10.0), "2026-12-15", 24)
    assert kpis["fixed_mad"] == pytest.approx(120 / 365)


def test_the_peak_of_a_month_is_billed_without_a_subscription() -> None:
    charge = {"per_kva_year": 365.0, "basis": "monthly_peak"}
    kpis = bill_flat_load(make_tariff(demand_charge=charge), "2026-12-15", 48)
    # 10 kVA at 1 MAD a day, for two days; the factor of an excess does not apply.
    assert kpis["excess_mad"] == pytest.approx(20.0)
    assert kpis["fixed_mad"] == 0.0
    assert (kpis["subscription_kva"], kpis["needed_subscription_kva"]) == (0.0, 0.0)


def test_charging_pays_with_a_negative_price_and_the_bill_says_so() -> None:
    tariff = make_tariff(periods={"day": {"kind": "peak", "price_per_kwh": -0.5}, "night": {"price_per_kwh": 1.0}})
    kpis = bill_flat_load(tariff, "2026-12-15T08:00", 5)
    assert kpis["import_cost_mad"] == pytest.approx(-0.5 * 50)


def test_the_tariff_travels_in_files_links_requests_and_processes() -> None:
    scenario = Scenario(tariff=make_tariff(currency="EUR", rate=10.8), fleet_size=20, days=1)
    run = RunSpec(scenario, (), 3)
    assert deserialize_scenario(json.loads(json.dumps(serialize_scenario(scenario)))) == (scenario, [])
    assert parse_run(json.loads(json.dumps(serialize_run(run)))) == run
    assert decode_share_link(encode_share_link(run)).scenario == scenario
    assert pickle.loads(pickle.dumps(scenario)) == scenario
    request = make_comparison_request(scenario, "day", 1)
    assert (
        parse_request(json.loads(json.dumps(dump_comparison_request(request)))).scenario.tariff_spec
        == scenario.tariff_spec
    )


def test_strategies_are_compared_under_the_tariff() -> None:
    scenario = Scenario(tariff=make_tariff(), fleet_size=10, days=0.25, timestep_min=60)
    table = compare({"own": scenario, "onee": replace(scenario, tariff="bt_bi_horaire")})
    assert len(set(table["cost_mad"])) == 2


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"tariff": "own"}, "tariff: needs a tariff file"),
        ({"tariff": "own", "tariff_spec": "{}"}, "tariff_spec/name: must be a text"),
        ({"tariff": "own", "tariff_spec": 3}, "tariff_spec: must be the text of a tariff file"),
        ({"tariff": 3}, "tariff: must be a text"),
    ],
)
def test_a_scenario_without_a_usable_tariff_is_refused(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        simulate(Scenario(**values))
