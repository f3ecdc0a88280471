"""Listings: vehicle models, and strategies with their parameters, for the command line and the REST interface."""

from __future__ import annotations

from typing import Any

from ev2gym_dashboard.service.datasets.catalogs import load_catalog
from ev2gym_dashboard.service.simulation.model_table import build_spec_columns
from ev2gym_dashboard.strategies import STRATEGIES


def list_model_rows(key: str) -> list[dict[str, Any]]:
    """List the models of a catalog, a row each."""
    loaded = load_catalog(key)
    catalog = loaded.catalog
    columns = build_spec_columns(catalog)
    values = zip(*(array.tolist() for array in columns.values()), strict=True)
    origin = {"catalog": key, "files": " + ".join(loaded.source)}
    return [
        origin | {"model": name} | dict(zip(columns, row, strict=True))
        for name, row in zip(catalog.names, values, strict=True)
    ]


def list_strategies() -> list[dict[str, Any]]:
    """List the strategies, with their rules and their parameters."""
    return [
        {"key": s.key, "name": s.name, "rule": format_rule(s.key), "params": list_parameter_rows(s.key)}
        for s in STRATEGIES.values()
    ]


def format_rule(key: str) -> str:
    """Return the rule of a strategy with its default parameters."""
    strategy = STRATEGIES[key]
    defaults = {name: f"{declaration.default:g}" for name, declaration in strategy.quantities.items()}
    return strategy.rule.format(**defaults)


def list_parameter_rows(key: str) -> list[dict[str, Any]]:
    """List the adjustable parameters of a strategy, a row each."""
    return [
        {
            "strategy": key,
            "parameter": f"{key}.{name}",
            "default": declaration.default,
            "unit": declaration.unit,
            "low": declaration.low,
            "high": declaration.high,
            "about": declaration.about,
        }
        for name, declaration in STRATEGIES[key].quantities.items()
        if declaration.low < declaration.high
    ]
