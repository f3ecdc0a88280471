"""Changes of one step in one piece: to the bit as one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.sessions.checkpoint import encode_checkpoint
from ev2gym_dashboard.service.simulation.counterfactuals import CounterfactualRuns, start_counterfactual_runs
from ev2gym_dashboard.service.simulation.merged_changes import merge_changes
from ev2gym_dashboard.service.simulation.needed_connection import UnlimitedRun

EVENT = {"minutes": 60.0, "reduction": 0.4}
OTHER_EVENT = {"minutes": 15.0, "reduction": 0.9}
ORDERS = [{"vehicle": 3, "action": "as_strategy"}, {"vehicle": 4, "action": "leave", "leave_min": 1100}]
CHANGES: dict[str, list[dict[str, Any]]] = {
    "events": [{"event": EVENT}, {"event": OTHER_EVENT}, {"v2g": False}, {"event": EVENT, "v2g": True}],
    "there and back": [{"strategy": "renewable"}, {"v2g": False}, {"strategy": "predictive"}, {"v2g": True}],
    "parameters": [
        {"params": {"price.v2g_min_soc": 0.6}},
        {"event": EVENT},
        {"params": {"price.v2g_min_soc": 0.7, "predictive.v2g_min_soc": 0.8}},
    ],
    "orders": [
        {"overrides": ORDERS[:1]},
        {"overrides": ORDERS, "v2g": False},
        {"event": EVENT},
        {"overrides": ORDERS[1:]},
    ],
}
FREE = Scenario(fleet_size=20, strategy="predictive")
CUT = replace(FREE, strategy="price", limit_kw_per_vehicle=0.3)


def start(scenario: Scenario) -> CounterfactualRuns:
    runs = start_counterfactual_runs(scenario)
    runs.advance(3)
    return runs


@pytest.mark.parametrize("scenario", [FREE, CUT], ids=["free", "cut"])
@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_changes_of_one_step_together_are_the_same_ones_one_by_one(
    scenario: Scenario, changes: list[dict[str, Any]]
) -> None:
    together, one_by_one = start(scenario), start(scenario)
    together.apply(changes)
    for change in changes:
        one_by_one.set(**change)
    for runs in (together, one_by_one):
        runs.advance(2)
    assert together.unlimited.active == (scenario is CUT)
    assert encode_checkpoint(together).data == encode_checkpoint(one_by_one).data


def test_many_changes_are_few_and_copy_the_fleet_once(monkeypatch: pytest.MonkeyPatch) -> None:
    runs, copies = start(FREE), list[None]()
    renew = UnlimitedRun._renew
    monkeypatch.setattr(UnlimitedRun, "_renew", lambda self, run: copies.append(renew(self, run)))
    runs.apply([{"event": EVENT | {"minutes": 15.0 + k}} for k in range(100)])
    assert copies == [None]
    assert merge_changes([{"v2g": bool(k % 2)} for k in range(100)] + [{"event": EVENT}]) == [
        {"v2g": True, "event": EVENT}
    ]
