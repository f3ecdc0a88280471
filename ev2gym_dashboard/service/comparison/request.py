"""A duel that is asked for: a scenario, a period and seeds, checked; its key, and its answer as bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np

from ev2gym_dashboard.core.scenario import PROFILES, Scenario, scenario_from
from ev2gym_dashboard.core.schema import Invalid, Issue, Quantity, check_names, declared
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.comparison.runner import SEED, contestants, times_of
from ev2gym_dashboard.service.scenarios.validation import check_scenario
from ev2gym_dashboard.service.simulation.backend import kernel_name
from ev2gym_dashboard.service.simulation.provenance import fingerprint, versions

PERIODS_D = {"day": 1, "week": 7, "month": 30}
SEEDS = Quantity(5, "", 1, 50, "Repeated over seeds")
MAX_WORK = 2_000_000_000
"""Vehicle-steps of a duel at most: minutes of one core."""
USUAL = Scenario()


@dataclass(frozen=True)
class Duel:
    """All strategies in a scenario's place, on some seeds, of which the scenario has the first."""

    scenario: Scenario
    seeds: int

    @property
    def plays(self) -> int:
        return len(contestants(self.scenario))

    @property
    def work(self) -> int:
        """Vehicle-steps."""
        return self.scenario.fleet_size * self.scenario.n_steps * self.plays * self.seeds

    @property
    def text(self) -> str:
        return json.dumps(duel_to_json(self), sort_keys=True)

    @property
    def key(self) -> str:
        """Name of the duel and of all that its answer depends on."""
        return hashlib.sha256(f"{_computing()} {self.text}".encode()).hexdigest()


def duel_of(scenario: Scenario, period: object, seeds: Any) -> Duel:
    """Return the duel in a scenario's place over a period; the scenario's own strategy does not count.

    Raises
    ------
    Invalid
        With every issue.
    """
    issues = [] if isinstance(period, str) and period in PERIODS_D else [_period_issue()]
    issues += SEEDS.check("seeds", seeds)
    if issues:
        raise Invalid(issues)
    return _checked(replace(scenario, days=PERIODS_D[str(period)]), seeds)


def duel_to_json(duel: Duel) -> dict[str, Any]:
    """Return a duel as what JSON can hold."""
    scenario = {f.name: getattr(duel.scenario, f.name) for f in fields(Scenario)}
    return {"scenario": scenario | {"params": dict(duel.scenario.params)}, "seeds": duel.seeds}


def duel_from_json(value: object) -> Duel:
    """Return the duel that a browser holds.

    Raises
    ------
    Invalid
        With every issue; nothing of what came is trusted.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get("scenario"), Mapping):
        raise Invalid([Issue("question", "must be an object")])
    scenario = scenario_from(value["scenario"])
    issues = check_names(value, ("scenario", "seeds")) + check_scenario(scenario)
    issues += SEEDS.check("seeds", value.get("seeds"))
    if not issues and scenario.days not in PERIODS_D.values():
        issues = [_period_issue()]
    if issues:
        raise Invalid(issues)
    return _checked(scenario, value["seeds"])


def to_bytes(comparison: Comparison) -> bytes:
    """Return what a comparison computed."""
    file = BytesIO()
    np.savez_compressed(
        file, figures=comparison.figures, baseline=comparison.baseline, net_load_kw=comparison.net_load_kw
    )
    return file.getvalue()


def from_bytes(duel: Duel, data: bytes) -> Comparison:
    """Return the comparison that answers a duel, to the bit as it was computed."""
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        figures, baseline, net_load_kw = (arrays[name] for name in ("figures", "baseline", "net_load_kw"))
    return Comparison(
        asked=(duel.scenario,),
        contestants=contestants(duel.scenario),
        seeds=tuple(range(duel.scenario.seed, duel.scenario.seed + duel.seeds)),
        figures=figures,
        baseline=baseline,
        times=times_of(duel.scenario),
        net_load_kw=net_load_kw,
    )


def _checked(scenario: Scenario, seeds: float) -> Duel:
    """Return the duel in the one spelling of its numbers: a browser turns 7.0 into 7, and the key must not change."""
    given: dict[str, Any] = {"strategy": USUAL.strategy, "v2g": USUAL.v2g}
    for name, what in declared(Scenario).items():
        if isinstance(what, Quantity):
            given[name] = (int if what.integer else float)(getattr(scenario, name))
    given |= {name: tuple(tuple(map(float, day)) for day in getattr(scenario, name)) for name in PROFILES}
    given["params"] = tuple((name, float(value)) for name, value in scenario.params)
    duel = Duel(replace(scenario, **given), int(seeds))
    issues = SEED.check("seed", duel.scenario.seed + duel.seeds - 1)
    if not issues and duel.work > MAX_WORK:
        values = (("work", duel.work), ("high", MAX_WORK))
        issues = [
            Issue("work", "must be at most {high} vehicle-steps, not {work}: fewer vehicles, days or seeds", values)
        ]
    if issues:
        raise Invalid(issues)
    return duel


def _period_issue() -> Issue:
    return Issue("period", "must be a day, a week or a month")


@cache
def _computing() -> str:
    """Return all that decides on the bits of an answer beside the question."""
    return f"{fingerprint()} {kernel_name()} {sorted(versions().items())}"
