"""The learning example: its site, action and reward, and the section of docs/gymnasium.md with its measurements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from docs.examples.shared_budget import (
    CHARGE_KW,
    HOURS_LEFT_H,
    MISSING_KWH,
    SITE,
    BudgetFleets,
    Values,
    run_agent,
    run_rule,
)
from ev2gym_dashboard.integrations.gym import FleetEnv
from tools.learning_page import (
    CURVE_FILE,
    GYMNASIUM_PAGE,
    compute_paired_interval,
    draw_curve,
    list_sections,
    read_record,
)
from tools.page_sections import fill_sections

SEEDS = (3, 4, 5)
FULL, NONE = 1.0, -1.0


def keep_budget(level: float) -> Any:
    return lambda seen: np.full((len(seen), 1), level)


def run_learned(fleets: BudgetFleets, act: Any) -> tuple[Values, Values]:
    """Return the sums of the rewards and of the costs of a day, each (fleets,)."""
    seen, is_over = fleets.reset(list(SEEDS)), False
    rewards, costs = np.zeros(len(SEEDS)), np.zeros(len(SEEDS))
    while not is_over:
        assert all(fleets.observation_space.contains(row) for row in seen)
        seen, learned, cost_mad, is_over = fleets.step(act(seen))
        rewards, costs = rewards + learned, costs + cost_mad
    return rewards, costs


def test_the_page_and_the_figure_agree_with_the_measurements() -> None:
    record, text = read_record(), GYMNASIUM_PAGE.read_text(encoding="utf-8")
    assert fill_sections(text, list_sections(record)) == text, "update with python -m tools.learning_page"
    assert draw_curve(record) == CURVE_FILE.read_text(encoding="utf-8")


def test_the_measured_agent_beats_the_rule_on_seeds_that_it_has_not_seen() -> None:
    record = read_record()
    assert record["site"] == SITE, "run the example anew"
    costs = {name: np.array(values) for name, values in record["costs_mad"].items()}
    assert len(costs["ppo"]) == record["seeds"][1] - record["seeds"][0] + 1 >= 20
    mean_mad, half_mad = compute_paired_interval(costs["ppo"], costs["price"])
    assert mean_mad + half_mad < 0.0
    assert record["curve"][-1]["mean_mad"] == pytest.approx(costs["ppo"].mean(), abs=0.01)
    assert record["curve"][-1]["cpu_s"] <= 300.0


def test_the_measured_costs_of_the_rules_are_those_of_this_version() -> None:
    record = read_record()
    first = record["seeds"][0]
    assert run_rule("price", [first, first + 1]) == pytest.approx(record["costs_mad"]["price"][:2], abs=0.01)


def test_costs_of_the_agent_are_the_total_cost_of_its_runs() -> None:
    fleets = BudgetFleets(len(SEEDS), **SITE)
    costs_mad = run_agent(fleets, keep_budget(0.2), SEEDS)
    totals = [run.kpis["total_mad"] for run in fleets.fleets.batch.simulations]
    assert costs_mad == pytest.approx(totals)


def test_the_reward_for_learning_ranks_days_as_their_costs_do() -> None:
    fleets = BudgetFleets(len(SEEDS), **SITE)
    runs = [run_learned(fleets, keep_budget(level)) for level in (FULL, 0.0, NONE)]
    for rewards, costs in runs[1:]:
        gained, spared = rewards - runs[0][0], runs[0][1] - costs
        # The value of stored energy is a mean over models and EVSEs.
        assert gained == pytest.approx(spared, rel=0.1, abs=8.0)
        assert (spared > 40.0).all()


def test_a_budget_goes_first_to_those_that_need_the_largest_share_of_their_time() -> None:
    fleets = BudgetFleets(1, **SITE)
    fleets.reset([3])
    base_kw, n = float(fleets.seen[0, fleets.base_load]), fleets.n_evses
    slots = fleets.seen[0, fleets.n_site :].reshape(-1, n)
    slots[:] = 0.0
    # Three vehicles: relaxed, urgent, and one at its target.
    slots[MISSING_KWH, :3], slots[HOURS_LEFT_H, :3], slots[CHARGE_KW, :3] = (10.0, 10.0, 0.0), (8.0, 1.5, 3.0), 10.0
    for budget_kw, expected in ((0.0, [0, 0, 0]), (5.0, [0, 0.5, 0]), (15.0, [0.5, 1, 0]), (60.0, [1, 1, 0])):
        level = 2.0 * (base_kw + budget_kw) / fleets.limit_kw - 1.0
        shares = fleets.share_budget(np.array([[level]]))
        assert shares[0, :3].tolist() == pytest.approx(expected, abs=1e-4)
        assert not shares[0, 3:].any()


def test_the_site_stays_within_its_budget_without_the_departure_guard() -> None:
    fleets = BudgetFleets(len(SEEDS), **{**SITE, "departure_guard": False})
    run_learned(fleets, keep_budget(2.0 * 35.0 / fleets.limit_kw - 1.0))
    peaks_kw = [run.series("net_load_kw").max() for run in fleets.fleets.batch.simulations]
    assert max(peaks_kw) <= 35.0 + 1e-4
    assert max(peaks_kw) > 30.0


def test_training_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("stable_baselines3", reason="stable-baselines3 is not installed: see docs/gymnasium.md")
    from docs.examples import ppo  # noqa: PLC0415 (needs stable-baselines3)

    assert not set(ppo.HELD_OUT_SEEDS) & set(ppo.TUNING_SEEDS)
    monkeypatch.setattr(ppo, "DECISIONS_PER_CHECK", 24)
    measured = ppo.train(3.0, n_fleets=32, seeds=(7, 8))
    assert [point["decisions"] for point in measured["curve"]][:2] == [0, 768]
    assert np.isfinite(measured["ppo_mad"]).all()


def test_the_site_of_the_example_is_one_that_the_environment_takes() -> None:
    assert FleetEnv(action="evse", **SITE).scenario.subscribed_kva == 30.0
