"""Sweep files: read a sweep from TOML and list every issue with its path in the file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import MAX_SEED
from ev2gym_dashboard.core.schema import Issue, Quantity, ValidationError, check_key, check_names, format_value
from ev2gym_dashboard.service.scenarios.profiles import check_coverage
from ev2gym_dashboard.service.scenarios.serialization import parse_scenario
from ev2gym_dashboard.service.scenarios.validation import check_retired_params, check_scenario, list_allowed_keys
from ev2gym_dashboard.service.sweeps.file_values import FileReader, pop_options, read_files
from ev2gym_dashboard.service.sweeps.multi_site import MAX_SITES, check_sites
from ev2gym_dashboard.service.sweeps.plan import (
    MAX_SWEEP_RUNS,
    Sweep,
    SweepFile,
    collect_quantities,
    generate_combinations,
    make_sweep_scenario,
)
from ev2gym_dashboard.service.sweeps.samples import DEFAULT_METHOD, METHODS, is_balanced
from ev2gym_dashboard.strategies import STRATEGIES

SWEEP_SECTIONS = ("sites", "base", "grid", "sample")
UNDECLARED_FIELDS = [f.name for f in fields(Scenario) if "declared" not in f.metadata and f.name != "params"]
"""Fields of a scenario that are not declared quantities: times and profiles."""
SAMPLE_FIELDS = {
    "n": Quantity(0, "", 0, MAX_SWEEP_RUNS, "Random draws"),
    "seed": Quantity(0, "", 0, MAX_SEED, "Seed of the draws"),
}
SITE_COUNT = Quantity(1, "", 1, MAX_SITES, "Independent sites that each run is split into")


def read_sweep(content: bytes, *, folder: Path | None = None, notes: list[Issue] | None = None) -> Sweep:
    """Read the sweep of a TOML file.

    Parameters
    ----------
    content : content of the file
    folder : folder to which the files that it names are relative; by default the current one
    notes : collects what the files of series were taken for

    Raises
    ------
    ValidationError
        With every issue of the file.
    """
    try:
        root = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValidationError(
            [Issue("file", "must be TOML in UTF-8: {reason}", (("reason", str(error)[:80]),))]
        ) from None
    issues = check_names(root, SWEEP_SECTIONS)
    base, grid, sample = (_read_section(root.get(name, {}), name, issues) for name in SWEEP_SECTIONS[1:])
    method = sample.pop("method", DEFAULT_METHOD)
    issues += check_key("sample.method", method, METHODS)
    sites = root.get("sites", SITE_COUNT.default)
    sample_settings = {name: sample.pop(name, declaration.default) for name, declaration in SAMPLE_FIELDS.items()}
    options, option_issues = pop_options(base, (base, grid, sample))
    issues += option_issues
    reader = FileReader(folder or Path(), options, issues, [] if notes is None else notes)
    base, grid, sample = (
        read_files(table, name, reader) for name, table in zip(SWEEP_SECTIONS[1:], (base, grid, sample), strict=True)
    )
    issues += SITE_COUNT.check("sites", sites)
    for name, declaration in SAMPLE_FIELDS.items():
        issues += declaration.check(f"sample.{name}", sample_settings[name])
    issues += [
        issue for name, value in base.items() for issue in _check_value(f"base.{format_value(name)}", name, value)
    ]
    issues += _check_grid(grid) + _check_ranges(sample) + _check_consistency(grid, sample, sample_settings["n"])
    issues += [] if issues else _check_balance(str(method), int(sample_settings["n"]))
    if issues:
        raise ValidationError(issues)
    values, ranges = ({name: tuple(entries) for name, entries in table.items()} for table in (grid, sample))
    n_samples, sample_seed = int(sample_settings["n"]), int(sample_settings["seed"])
    return require_valid_sweep(Sweep(base, values, ranges, n_samples, sample_seed, int(sites), str(method)))


def require_valid_sweep(sweep: Sweep) -> Sweep:
    """Return a sweep whose runs are all valid; raise `ValidationError` with every distinct issue otherwise."""
    # Before the combinations are listed, which could take all memory.
    if sweep.n_combinations > MAX_SWEEP_RUNS:
        counts = (("n", sweep.n_combinations), ("most", MAX_SWEEP_RUNS))
        raise ValidationError([Issue("grid", "must come to {most} runs at most, not {n}; leave values out", counts)])
    issues: dict[Issue, None] = {}
    for values in generate_combinations(sweep):
        scenario = make_sweep_scenario(values)
        issues |= dict.fromkeys(_check_run(scenario, sweep.sites))
    if issues:
        raise ValidationError(issues)
    return sweep


def _check_run(scenario: Scenario, sites: int) -> list[Issue]:
    issues = check_scenario(scenario)
    # The dates of a series are checked with the length of the run, which only a valid scenario has.
    return (issues or check_coverage(scenario, scenario.n_steps)) + check_sites(scenario, sites)


def _read_section(value: object, name: str, issues: list[Issue]) -> dict[str, Any]:
    """Return a section of the file as a flat mapping."""
    if isinstance(value, Mapping):
        return dict(_flatten_table(value))
    issues.append(Issue(name, "must be a table: [{name}]", (("name", name),)))
    return {}


def _flatten_table(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    # TOML reads ``price.v2g_min_soc`` as a table within a table.
    for name, value in table.items():
        if isinstance(value, Mapping) and name == "params":
            yield from _flatten_table(value)
        elif isinstance(value, Mapping) and name in STRATEGIES:
            yield from ((f"{name}.{parameter}", _convert_times(inner)) for parameter, inner in value.items())
        else:
            yield name, _convert_times(value)


def _convert_times(value: Any) -> Any:
    # TOML has its own type for times, scenarios hold them as text.
    if isinstance(value, list):
        return [_convert_times(entry) for entry in value]
    return value.isoformat() if isinstance(value, date) else value


def _check_value(path: str, name: str, value: object) -> list[Issue]:
    """Return the issues of a value, under its path in the file."""
    # A file is checked where it is read.
    if isinstance(value, SweepFile):
        return []
    known = collect_quantities()
    if name in known:
        keys = list_allowed_keys()
        return known[name].check(path, value) or (check_key(path, value, keys[name]) if name in keys else [])
    unknown = check_retired_params([name]) or check_names({name: value}, [*UNDECLARED_FIELDS, *known])
    if unknown:
        return [replace(issue, field=path) for issue in unknown]
    try:
        # At the finest timestep: whether a time fits the timestep of a run is checked with the run.
        issues = check_scenario(parse_scenario({name: value, "timestep_min": 1}))
    except ValidationError as error:
        issues = list(error.issues)
    return [replace(issue, field=path) for issue in issues]


def _check_grid(grid: Mapping[str, Any]) -> list[Issue]:
    """Return the issues of the lists of the grid."""
    issues = []
    for name, values in grid.items():
        path = f"grid.{format_value(name)}"
        if not isinstance(values, list) or not values:
            issues.append(Issue(path, "must be a list with at least one value"))
            continue
        value_issues = [issue for value in values for issue in _check_value(path, name, value)]
        issues += dict.fromkeys(value_issues)
        # Values may be lists, which no set can hold.
        if not value_issues and any(value in values[:i] for i, value in enumerate(values)):
            issues.append(Issue(path, "must not hold a value twice"))
    return issues


def _check_ranges(ranges: Mapping[str, Any]) -> list[Issue]:
    """Return the issues of the sampled fields: ranges of numbers, or lists of options."""
    issues = []
    for name, options in ranges.items():
        path, declaration = f"sample.{format_value(name)}", collect_quantities().get(name)
        if declaration is None and _is_list_of_files(options):
            continue
        if declaration is None:
            known = [f"sample.{quantity}" for quantity in collect_quantities()]
            issues += check_retired_params([name], "sample.") or check_names({f"sample.{name}": options}, known)
        elif not isinstance(options, list) or not options:
            issues.append(Issue(path, "must be a list: the lowest and the highest value, or the options"))
        elif value_issues := [issue for value in options for issue in _check_value(path, name, value)]:
            issues += dict.fromkeys(value_issues)
        elif isinstance(declaration, Quantity) and not _is_range(options):
            issues.append(Issue(path, "must be the lowest and the highest value, in this order"))
    return issues


def _is_list_of_files(options: Any) -> bool:
    return isinstance(options, list) and bool(options) and all(isinstance(value, SweepFile) for value in options)


def _check_balance(method: str, n_samples: int) -> list[Issue]:
    if is_balanced(method, n_samples):
        return []
    nearest = 1 << (n_samples - 1).bit_length()
    values = ("n", n_samples), ("nearest", nearest)
    return [Issue("sample.n", "must be a power of two with the method sobol, such as {nearest}, not {n}", values)]


def _is_range(options: list[Any]) -> bool:
    return len(options) == 2 and not any(isinstance(value, str) for value in options) and options[0] <= options[1]


def _check_consistency(grid: Mapping[str, Any], ranges: Mapping[str, Any], n_samples: object) -> list[Issue]:
    """Return the issues between grid and samples."""
    issues = [
        Issue(f"sample.{format_value(name)}", "must not be in the grid as well") for name in ranges if name in grid
    ]
    if ranges and n_samples == 0:
        issues.append(Issue("sample.n", "must say how many samples are drawn"))
    return issues
