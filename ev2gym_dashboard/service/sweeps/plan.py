"""Plan of a sweep: the list of its runs, with order and ids that depend on the sweep, the code and the data only."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from itertools import product
from typing import Any

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import OWN_TARIFF
from ev2gym_dashboard.core.schema import Declaration, Quantity, list_declared
from ev2gym_dashboard.service.scenarios.serialization import (
    canonicalize_value,
    encode_canonical,
    hash_content,
    parse_scenario,
    serialize_scenario,
)
from ev2gym_dashboard.service.simulation.provenance import compute_fingerprint
from ev2gym_dashboard.service.sweeps.samples import DEFAULT_METHOD, draw_shares
from ev2gym_dashboard.strategies import STRATEGIES

MAX_SWEEP_RUNS = 100_000
ID_LENGTH, HASH_LENGTH = 16, 12
KEYED_FILES = {"tariff": "tariff_spec", "catalog": "catalog_spec"}
"""Fields whose value is a key or a file, and the field that holds the content of the file."""
TIME_FIELDS = ("start", "event_start")

SweepValues = Mapping[str, Any]
"""Values of scenario fields by name, and of strategy parameters by ``"strategy.parameter"``."""


@dataclass(frozen=True)
class SweepFile:
    """A file as a value of a sweep: its path as written, the hash of its content, and the fields that it sets."""

    path: str
    sha256: str
    fields: tuple[tuple[str, Any], ...]


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
    method : how the samples are drawn, a key of `METHODS`
    """

    base: SweepValues = field(default_factory=dict)
    grid: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    n_samples: int = 0
    sample_seed: int = 0
    sites: int = 1
    method: str = DEFAULT_METHOD

    @property
    def n_combinations(self) -> int:
        """Number of combinations, before duplicate runs are removed."""
        return max(self.n_samples, 1) * math.prod(map(len, self.grid.values()))

    @property
    def files(self) -> dict[str, str]:
        """SHA-256 of each file of the sweep by its path."""
        values = [*self.base.values(), *(value for values in self.grid.values() for value in values)]
        values += [value for options in self.ranges.values() for value in options]
        return {value.path: value.sha256 for value in values if isinstance(value, SweepFile)}


@dataclass(frozen=True)
class SweepRun:
    """Run of a sweep.

    Parameters
    ----------
    id : hash of its inputs, of the code, and of the data files
    scenario, sites : the inputs
    files : path of the file that set a field, by its field
    code : hash of code and data files
    """

    id: str
    scenario: Scenario
    sites: int
    files: Mapping[str, str] = field(default_factory=dict)
    code: str = ""


def collect_quantities() -> dict[str, Declaration]:
    """Collect the declared quantities that a sweep can vary: scenario fields and strategy parameters."""
    return _collect_quantities(tuple(STRATEGIES))


@cache
def _collect_quantities(strategies: tuple[str, ...]) -> dict[str, Declaration]:
    parameters = {
        f"{key}.{name}": declaration for key in strategies for name, declaration in STRATEGIES[key].quantities.items()
    }
    return list_declared(Scenario) | parameters


@cache
def list_content_fields() -> tuple[str, ...]:
    """List the fields of a scenario that hold the content of files or series."""
    declared = list_declared(Scenario)
    return tuple(f.name for f in fields(Scenario) if f.name not in {*declared, *TIME_FIELDS, "params"})


def list_sweep_runs(sweep: Sweep) -> list[SweepRun]:
    """List the distinct runs of a valid sweep; the last entry of the grid varies fastest."""
    # Combinations that differ only in parameters of other strategies are the same run.
    runs = (
        make_sweep_run(make_sweep_scenario(values), sweep.sites, files=_list_files(values))
        for values in generate_combinations(sweep)
    )
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
    plain = {name: value for name, value in values.items() if "." not in name and not isinstance(value, SweepFile)}
    files = [value for value in values.values() if isinstance(value, SweepFile)]
    contents = {name: value for file in files for name, value in file.fields}
    return parse_scenario(plain | contents | {"params": params})


def make_sweep_run(scenario: Scenario, sites: int, *, files: Mapping[str, str] | None = None) -> SweepRun:
    """Return a run with its id, which equal scenarios share as long as code and data stay the same."""
    text = encode_canonical({"sites": sites, **flatten_inputs(scenario)})
    code = get_code_hash()
    return SweepRun(hash_content(code, text)[:ID_LENGTH], scenario, sites, files or {}, code)


def get_code_hash() -> str:
    """Return the hash of the code that computes a result and of the data files, as rows hold it."""
    return compute_fingerprint()[:ID_LENGTH]


def flatten_inputs(scenario: Scenario) -> dict[str, Any]:
    """Return the inputs of a scenario by name: fields, and parameters of its strategy, numbers in declared types."""
    known = collect_quantities()
    quantities = STRATEGIES[scenario.strategy].quantities if scenario.strategy in STRATEGIES else {}
    # With the defaults, so that a run has the same id whether a default is written out or not.
    defaults = {f"{scenario.strategy}.{name}": declaration.default for name, declaration in quantities.items()}
    params = defaults | dict(scenario.params)
    inputs = serialize_scenario(scenario) | params
    if scenario.tariff != OWN_TARIFF:
        inputs["tariff_spec"] = ""
    return {name: canonicalize_value(value, known.get(name)) for name, value in inputs.items() if name != "params"}


def describe_inputs(run: SweepRun) -> dict[str, Any]:
    """Return the inputs of a run by column: in place of a file its path, of other content its hash."""
    inputs = flatten_inputs(run.scenario)
    hashes = {name: _hash_value(inputs[name]) for name in list_content_fields() if name in inputs}
    return inputs | hashes | dict(run.files)


def describe_value(name: str, value: Any) -> Any:
    """Return a value of a sweep as JSON: a file as its path, other content as its hash."""
    if isinstance(value, SweepFile):
        return value.path
    return _hash_value(value) if name in list_content_fields() else value


def _hash_value(value: Any) -> str | None:
    return f"sha256:{hash_content(encode_canonical(value))[:HASH_LENGTH]}" if value else None


def _list_files(values: SweepValues) -> dict[str, str]:
    return {name: value.path for name, value in values.items() if isinstance(value, SweepFile)}


def _draw_samples(sweep: Sweep) -> Iterator[dict[str, Any]]:
    if not sweep.n_samples:
        yield {}
        return
    known = collect_quantities()
    draws = draw_shares(sweep.method, sweep.n_samples, len(sweep.ranges), seed=sweep.sample_seed)
    for shares in draws.tolist():
        yield {
            name: _scale_draw(known.get(name), options, share)
            for (name, options), share in zip(sweep.ranges.items(), shares, strict=True)
        }


def _scale_draw(declaration: Declaration | None, options: tuple[Any, ...], share: float) -> object:
    """Return the value at a share, 0 to 1, of a range or of a list of options."""
    if not isinstance(declaration, Quantity):
        return options[int(share * len(options))]
    low, high = options
    return low + int(share * (high - low + 1)) if declaration.integer else low + share * (high - low)
