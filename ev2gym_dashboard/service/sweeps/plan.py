"""What a sweep consists of: its runs, in an order and under names that the sweep alone decides."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from ev2gym_dashboard.core.scenario import Scenario, scenario_from
from ev2gym_dashboard.core.schema import Declared, Quantity, declared
from ev2gym_dashboard.strategies import STRATEGIES

MOST_RUNS = 100_000
ID_LENGTH = 16

Values = Mapping[str, Any]
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

    base: Values = field(default_factory=dict)
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
class Run:
    """A run of a sweep; ``id`` says what it is, wherever and whenever it runs."""

    id: str
    scenario: Scenario
    sites: int


@cache
def quantities() -> dict[str, Declared]:
    """Return what a sweep can vary that is declared, by name: fields of a scenario, parameters of strategies."""
    own = {f"{key}.{name}": what for key, s in STRATEGIES.items() for name, what in s.quantities.items()}
    return declared(Scenario) | own


def runs_of(sweep: Sweep) -> list[Run]:
    """Return the runs of a valid sweep, the last entry of the grid varying fastest; none comes twice."""
    runs = (run_of(scenario_of(values), sweep.sites) for values in combinations(sweep))
    return list({run.id: run for run in runs}.values())


def combinations(sweep: Sweep) -> Iterator[dict[str, Any]]:
    """Give the values of each combination."""
    for drawn in _samples(sweep):
        for values in product(*sweep.grid.values()):
            yield dict(sweep.base) | drawn | dict(zip(sweep.grid, values, strict=True))


def scenario_of(values: Values) -> Scenario:
    """Return a scenario of plain values; parameters of strategies that it does not choose are left out."""
    strategy = values.get("strategy", Scenario.strategy)
    own = {name: value for name, value in values.items() if name.partition(".")[0] == strategy and "." in name}
    return scenario_from({name: value for name, value in values.items() if "." not in name} | {"params": own})


def run_of(scenario: Scenario, sites: int) -> Run:
    """Return a run with its name: the same scenario has the same one."""
    plain = json.dumps({"sites": sites, **inputs_of(scenario)}, sort_keys=True)
    return Run(hashlib.sha256(plain.encode()).hexdigest()[:ID_LENGTH], scenario, sites)


def inputs_of(scenario: Scenario) -> dict[str, Any]:
    """Return all inputs of a scenario by name, numbers of one type, with those of the parameters that count."""
    known = quantities()
    own = STRATEGIES[scenario.strategy].quantities if scenario.strategy in STRATEGIES else {}
    params = {f"{scenario.strategy}.{name}": what.default for name, what in own.items()} | dict(scenario.params)
    plain = {f.name: getattr(scenario, f.name) for f in fields(Scenario) if f.name != "params"}
    return {name: _plain(value, known.get(name)) for name, value in (plain | params).items()}


def _plain(value: object, what: Declared | None) -> object:
    if isinstance(what, Quantity) and isinstance(value, int | float):
        return int(value) if what.integer else float(value)
    return value


def _samples(sweep: Sweep) -> Iterator[dict[str, Any]]:
    if not sweep.n_samples:
        yield {}
        return
    known = quantities()
    draws = np.random.default_rng(sweep.sample_seed).random((sweep.n_samples, len(sweep.ranges)))
    for shares in draws.tolist():
        yield {
            name: _drawn(known[name], options, share)
            for (name, options), share in zip(sweep.ranges.items(), shares, strict=True)
        }


def _drawn(what: Declared, options: tuple[Any, ...], share: float) -> object:
    """Return the value at a share, 0 to 1, of a range or of a list of options."""
    if not isinstance(what, Quantity):
        return options[int(share * len(options))]
    low, high = options
    return low + int(share * (high - low + 1)) if what.integer else low + share * (high - low)
