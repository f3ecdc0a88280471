"""What a sweep consists of: its runs, in an order and under names that the sweep alone decides."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from ev2gym_dashboard.core.scenario import Scenario, parse_scenario
from ev2gym_dashboard.core.schema import Declaration, Quantity, list_declared
from ev2gym_dashboard.service.scenarios.serialization import (
    canonicalize_value,
    encode_canonical,
    hash_content,
    serialize_scenario,
)
from ev2gym_dashboard.strategies import STRATEGIES

MAX_SWEEP_RUNS = 100_000
ID_LENGTH = 16

SweepValues = Mapping[str, Any]
"""Values of fields of a scenario, and of parameters of strategies by ``"strategy.parameter"``."""


@dataclass(frozen=True)
class Sweep:
    """A sweep: every combination of a grid, for each of the samples if there are any.

    Parameters
    ----------
    base : what all runs share
    grid : values by name
    ranges : by name the lowest and the highest value of what is drawn, or the options if it is no number
    n_samples : draws of them
    sample_seed : seed of the draws
    sites : independent sites that each run is split into
    """

    base: SweepValues = field(default_factory=dict)
    grid: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    n_samples: int = 0
    sample_seed: int = 0
    sites: int = 1

    @property
    def n_combinations(self) -> int:
        """Combinations; two that come to the same run count twice."""
        return max(self.n_samples, 1) * math.prod(map(len, self.grid.values()))


@dataclass(frozen=True)
class SweepRun:
    """A run of a sweep; ``id`` says what it is, wherever and whenever it runs."""

    id: str
    scenario: Scenario
    sites: int


@cache
def collect_quantities() -> dict[str, Declaration]:
    """Return what a sweep can vary that is declared, by name: fields of a scenario, parameters of strategies."""
    own = {f"{key}.{name}": what for key, s in STRATEGIES.items() for name, what in s.quantities.items()}
    return list_declared(Scenario) | own


def list_sweep_runs(sweep: Sweep) -> list[SweepRun]:
    """Return the runs of a valid sweep, the last entry of the grid varying fastest; none comes twice."""
    runs = (make_sweep_run(make_sweep_scenario(values), sweep.sites) for values in generate_combinations(sweep))
    return list({run.id: run for run in runs}.values())


def generate_combinations(sweep: Sweep) -> Iterator[dict[str, Any]]:
    """Give the values of each combination."""
    for drawn in _draw_samples(sweep):
        for values in product(*sweep.grid.values()):
            yield dict(sweep.base) | drawn | dict(zip(sweep.grid, values, strict=True))


def make_sweep_scenario(values: SweepValues) -> Scenario:
    """Return a scenario of plain values; parameters of strategies that it does not choose are left out."""
    strategy = values.get("strategy", Scenario.strategy)
    own = {name: value for name, value in values.items() if name.partition(".")[0] == strategy and "." in name}
    return parse_scenario({name: value for name, value in values.items() if "." not in name} | {"params": own})


def make_sweep_run(scenario: Scenario, sites: int) -> SweepRun:
    """Return a run with its name: the same scenario has the same one."""
    inputs = encode_canonical({"sites": sites, **flatten_inputs(scenario)})
    return SweepRun(hash_content(inputs)[:ID_LENGTH], scenario, sites)


def flatten_inputs(scenario: Scenario) -> dict[str, Any]:
    """Return all inputs of a scenario by name, numbers of one type, with those of the parameters that count."""
    known = collect_quantities()
    own = STRATEGIES[scenario.strategy].quantities if scenario.strategy in STRATEGIES else {}
    params = {f"{scenario.strategy}.{name}": what.default for name, what in own.items()} | dict(scenario.params)
    inputs = serialize_scenario(scenario) | params
    return {name: canonicalize_value(value, known.get(name)) for name, value in inputs.items() if name != "params"}


def _draw_samples(sweep: Sweep) -> Iterator[dict[str, Any]]:
    if not sweep.n_samples:
        yield {}
        return
    known = collect_quantities()
    draws = np.random.default_rng(sweep.sample_seed).random((sweep.n_samples, len(sweep.ranges)))
    for shares in draws.tolist():
        yield {
            name: _scale_draw(known[name], options, share)
            for (name, options), share in zip(sweep.ranges.items(), shares, strict=True)
        }


def _scale_draw(what: Declaration, options: tuple[Any, ...], share: float) -> object:
    """Return the value at a share, 0 to 1, of a range or of a list of options."""
    if not isinstance(what, Quantity):
        return options[int(share * len(options))]
    low, high = options
    return low + int(share * (high - low + 1)) if what.integer else low + share * (high - low)
