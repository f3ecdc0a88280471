"""Sweep files: grids, samples and sites, and every issue of a file at once."""

from __future__ import annotations

from itertools import product

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.sweeps.plan import Sweep, list_sweep_runs
from ev2gym_dashboard.service.sweeps.toml_file import read_sweep


def parse_sweep(text: str) -> Sweep:
    return read_sweep(text.encode())


def list_issues(text: str) -> list[str]:
    with pytest.raises(ValidationError) as error:
        parse_sweep(text)
    return [str(issue) for issue in error.value.issues]


def list_scenarios(text: str) -> list[Scenario]:
    return [run.scenario for run in list_sweep_runs(parse_sweep(text))]


GRID = """
[base]
days = 1
fleet_size = 50
[grid]
tariff = ["bt_bi_horaire", "mt_general"]
v2g = [true, false]
seed = [0, 1, 2]
"""


def test_a_grid_is_every_combination_and_the_last_entry_varies_fastest() -> None:
    combinations = [(scenario.tariff, scenario.v2g, scenario.seed) for scenario in list_scenarios(GRID)]
    assert combinations == list(product(["bt_bi_horaire", "mt_general"], [True, False], [0, 1, 2]))
    assert {(scenario.days, scenario.fleet_size) for scenario in list_scenarios(GRID)} == {(1, 50)}


def test_an_empty_file_is_the_default_scenario() -> None:
    assert list_scenarios("") == [Scenario()]


def test_the_id_of_a_run_does_not_depend_on_the_rest_of_the_file() -> None:
    ids = {run.id for run in list_sweep_runs(parse_sweep(GRID))}
    assert len(ids) == 12
    fewer = {run.id for run in list_sweep_runs(parse_sweep(GRID.replace("seed = [0, 1, 2]", "seed = [2.0, 1]")))}
    assert fewer < ids
    assert len(fewer) == 8
    assert ids.isdisjoint(run.id for run in list_sweep_runs(parse_sweep("sites = 2" + GRID)))


def test_parameters_apply_to_the_runs_of_their_strategy_only() -> None:
    text = """
    [grid]
    strategy = ["price", "uncontrolled"]
    price.v2g_min_soc = [0.5, 0.65]
    "price.price_threshold_mad_kwh" = [2]
    """
    assert [(scenario.strategy, dict(scenario.params)) for scenario in list_scenarios(text)] == [
        ("price", {"price.v2g_min_soc": 0.5, "price.price_threshold_mad_kwh": 2}),
        ("price", {"price.v2g_min_soc": 0.65, "price.price_threshold_mad_kwh": 2}),
        ("uncontrolled", {}),
    ]


def test_a_default_that_is_written_out_gives_the_same_run() -> None:
    explicit = parse_sweep('[base]\nstrategy = "price"\nparams = { "price.v2g_min_soc" = 0.65 }\nfleet_size = 1000.0')
    implicit = parse_sweep('[base]\nstrategy = "price"')
    assert [run.id for run in list_sweep_runs(explicit)] == [run.id for run in list_sweep_runs(implicit)]


def test_samples_lie_in_their_ranges_and_are_reproduced_by_their_seed() -> None:
    text = """
    [grid]
    seed = [0, 1]
    [sample]
    n = 40
    seed = 5
    bidirectional_share = [0.25, 0.5]
    fleet_size = [10, 12]
    tariff = ["mt_general", "bt_patente"]
    """
    scenarios = list_scenarios(text)
    assert len(scenarios) == 80
    assert all(0.25 <= scenario.bidirectional_share <= 0.5 for scenario in scenarios)
    assert {scenario.fleet_size for scenario in scenarios} == {10, 11, 12}
    assert {scenario.tariff for scenario in scenarios} == {"mt_general", "bt_patente"}
    assert len({scenario.bidirectional_share for scenario in scenarios}) == 40
    assert list_scenarios(text) == scenarios
    assert list_scenarios(text.replace("seed = 5", "seed = 6")) != scenarios


def test_times_and_profiles_can_be_swept() -> None:
    text = "[grid]\nstart = [2026-12-15T16:00:00, 2026-07-15T00:00:00]\nbase_load_profile = [[], [[100, 200]]]"
    assert [(scenario.start, scenario.base_load_profile.values.tolist()) for scenario in list_scenarios(text)] == [
        ("2026-12-15T16:00:00", []),
        ("2026-12-15T16:00:00", [100, 200]),
        ("2026-07-15T00:00:00", []),
        ("2026-07-15T00:00:00", [100, 200]),
    ]


def test_every_issue_is_reported_at_once_with_its_path() -> None:
    issues = list_issues("""
    sites = 0
    speed = 3
    [base]
    flet_size = 3
    days = "long"
    start = "noon"
    event_start = 7
    base_load_profile = 7
    [grid]
    tariff = ["mt_general", "free"]
    v2g = true
    seed = [1, 1]
    price.v2g_min_soc = [0.5, 1.5]
    price.magic = [1]
    [sample]
    n = -1
    v2g = [true, false]
    fleet_size = [10, 5]
    magic = [1, 2]
    bidirectional_share = [0.5, 2]
    """)
    assert [text.partition(":")[0] for text in issues] == [
        "speed",
        "sites",
        "sample.n",
        "base.flet_size",
        "base.days",
        "base.start",
        "base.event_start",
        "base.base_load_profile",
        "grid.tariff",
        "grid.v2g",
        "grid.seed",
        "grid.price.v2g_min_soc",
        "grid.price.magic",
        "sample.fleet_size",
        "sample.magic",
        "sample.bidirectional_share",
        "sample.v2g",
    ]
    assert "grid.v2g: must be a list with at least one value" in issues
    assert "grid.seed: must not hold a value twice" in issues
    assert "grid.price.v2g_min_soc: must be from 0.0 to 1.0, not 1.5" in issues


@pytest.mark.parametrize(
    ("text", "issue"),
    [
        ("[base", "file: must be TOML in UTF-8"),
        ("base = 3", "base: must be a table: [base]"),
        ("[sample]\nfleet_size = [1, 2]", "sample.n: must say how many samples are drawn"),
        (
            "[grid]\nseed = [" + ",".join(map(str, range(400))) + "]\n[sample]\nn = 400",
            "grid: must come to 100000 runs",
        ),
        ("sites = 3\n[grid]\nfleet_size = [2, 5]", "sites: must be from 1 to 2"),
        ("[base]\nevse_ac_7_share = 0.5", "evse_ac_7_share: the four shares"),
        (
            '[base]\nstart = "2026-12-15T16:05"\n[grid]\ntimestep_min = [5, 15]',
            "start: must be the start of a step of 15 min",
        ),
        (
            '[sample]\nn = 2\nazimuth_deg = ["auto", 90]',
            "sample.azimuth_deg: must be the lowest and the highest value, in this order",
        ),
        (
            "[base.params.peak_shaving]\ntarget_share = 0.5",
            "base.peak_shaving.target_share: is gone: set site_cap_kw_per_vehicle",
        ),
        ("[grid]\npeak_shaving.target_share = [0.4, 0.5]", "grid.peak_shaving.target_share: is gone: set"),
        ("[sample]\nn = 2\nrenewable.hold_before_h = [1, 3]", "sample.renewable.hold_before_h: is gone: charging"),
        ("[grid]\nazimuth_deg = [90, 400]", "grid.azimuth_deg: must be from 0.0 to 360.0, not 400"),
    ],
)
def test_an_inconsistency_is_reported_in_a_sentence(text: str, issue: str) -> None:
    assert any(line.startswith(issue) for line in list_issues(text))


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(ValidationError, match="file: must be TOML"):
        read_sweep(b"\xff\x00")
