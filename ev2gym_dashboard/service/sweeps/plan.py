"""Plan of a sweep: the list of its runs, with order and ids that depend on the sweep only."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Declaration, Quantity, list_declared
from ev2gym_dashboard.service.scenarios.serialization import (
    canonicalize_value,
    encode_canonical,
    hash_content,
    parse_scenario,
    serialize_scenario,
)
from ev2gym_dashboard.strategies import STRATEGIES

MAX_SWEEP_RUNS = 100_000
ID_LENGTH = 16

SweepValues = Mapping[str, Any]
"""Values of scenario fields by name, and of strategy parameters by ``"strategy.parameter"``."""


@dataclass(frozen=True)
class Sweep:
    """Every combination of a grid, for each random sample.

    Parameters
    ----------
    base : values of all runs
    grid : lists of values by name
    ranges : sampled fields by name, each with its lowest and highest value, or its options if it is not a number
    n_samples : number of samples; 0 samples nothing
    sample_seed : seed of the samples
    sites : number of independent sites of each run
    """

    base: SweepValues = field(default_factory=dict)
    grid: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    n_samples: int = 0
    sample_seed: int = 0
    sites: int = 1

    @property
    def n_combinations(self) -> int:
        """Number of combinations, before duplicate runs are removed."""
        return max(self.n_samples, 1) * math.prod(map(len, self.grid.values()))


@dataclass(frozen=True)
class SweepRun:
    """Run of a sweep; its ``id`` is a hash of its inputs."""

    id: str
    scenario: Scenario
    sites: int


def collect_quantities() -> dict[str, Declaration]:
    """Collect the declared quantities that a sweep can vary: scenario fields and strategy parameters."""
    return _collect_quantities(tuple(STRATEGIES))


@cache
def _collect_quantities(strategies: tuple[str, ...]) -> dict[str, Declaration]:
    parameters = {
        f"{key}.{name}": declaration for key in strategies for name, declaration in STRATEGIES[key].quantities.items()
    }
    return list_declared(Scenario) | parameters


def list_sweep_runs(sweep: Sweep) -> list[SweepRun]:
    """List the distinct runs of a valid sweep; the last entry of the grid varies fastest."""
    # Combinations that differ only in parameters of other strategies are the same run.
    runs = (make_sweep_run(make_sweep_scenario(values), sweep.sites) for values in generate_combinations(sweep))
    return list({run.id: run for run in runs}.values())


def generate_combinations(sweep: Sweep) -> Iterator[dict[str, Any]]:
    """Yield the values of each combination."""
    for sample in _draw_samples(sweep):
        for values in product(*sweep.grid.values()):
            yield dict(sweep.base) | sample | dict(zip(sweep.grid, values, strict=True))


def make_sweep_scenario(values: SweepValues) -> Scenario:
    """Return the scenario of a combination, without the parameters of other strategies."""
    strategy = values.get("strategy", Scenario.strategy)
    params = {name: value for name, value in values.items() if name.partition(".")[0] == strategy and "." in name}
    return parse_scenario({name: value for name, value in values.items() if "." not in name} | {"params": params})


def make_sweep_run(scenario: Scenario, sites: int) -> SweepRun:
    """Return a run with its id, which equal scenarios share."""
    text = encode_canonical({"sites": sites, **flatten_inputs(scenario)})
    return SweepRun(hash_content(text)[:ID_LENGTH], scenario, sites)


def flatten_inputs(scenario: Scenario) -> dict[str, Any]:
    """Return the inputs of a scenario by name: fields, and parameters of its strategy, numbers in declared types."""
    known = collect_quantities()
    quantities = STRATEGIES[scenario.strategy].quantities if scenario.strategy in STRATEGIES else {}
    # With the defaults, so that a run has the same id whether a default is written out or not.
    defaults = {f"{scenario.strategy}.{name}": declaration.default for name, declaration in quantities.items()}
    params = defaults | dict(scenario.params)
    inputs = serialize_scenario(scenario) | params
    return {name: canonicalize_value(value, known.get(name)) for name, value in inputs.items() if name != "params"}


def _draw_samples(sweep: Sweep) -> Iterator[dict[str, Any]]:
    if not sweep.n_samples:
        yield {}
        return
    known = collect_quantities()
    # One table of draws: the first samples do not change when ``n_samples`` grows.
    draws = np.random.default_rng(sweep.sample_seed).random((sweep.n_samples, len(sweep.ranges)))
    for shares in draws.tolist():
        yield {
            name: _scale_draw(known[name], options, share)
            for (name, options), share in zip(sweep.ranges.items(), shares, strict=True)
        }


def _scale_draw(declaration: Declaration, options: tuple[Any, ...], share: float) -> object:
    """Return the value at a share, 0 to 1, of a range or of a list of options."""
    if not isinstance(declaration, Quantity):
        return options[int(share * len(options))]
    low, high = options
    return low + int(share * (high - low + 1)) if declaration.integer else low + share * (high - low)
