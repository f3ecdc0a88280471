"""V2G as sold today: the models for which a source says that they are sold with V2G, and the catalog that follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ev2gym_dashboard.core.fleet.catalog import Catalog
from ev2gym_dashboard.core.schema import Issue

NO_SOURCE = "no source: not capable"
AC, DC = "AC", "DC"


@dataclass(frozen=True)
class SoldModel:
    """A model and its source.

    Parameters
    ----------
    words : words that the name of a model contains, in lower case
    current : "AC" or "DC" where it is sold with V2G; empty where the source says that it is not
    power_kw : discharge power where the spec file has none, an assumption; at most the charging power [kW]
    source : msgid of what the source says
    """

    words: tuple[str, ...]
    current: str
    power_kw: float
    source: str


SOLD_MODELS = (
    SoldModel(
        ("nissan", "leaf"),
        DC,
        10.0,
        "V2G by DC (CHAdeMO): commercial in Denmark since 2016; CHAdeMO was the only route in 2022 (Energies 15:7364)",
    ),
    SoldModel(
        ("nissan", "e-nv200"),
        DC,
        10.0,
        "V2G by DC (CHAdeMO): commercial in Denmark since 2016; CHAdeMO was the only route in 2022 (Energies 15:7364)",
    ),
    SoldModel(("renault", "5", "e-tech"), AC, 11.0, "V2G by AC: sold in France, with its own wallbox and contract"),
    SoldModel(("bmw", "ix3", "50"), DC, 11.0, "V2G by DC: offered with E.ON in Germany, 2026"),
    SoldModel(("volkswagen", "id."), "", 0.0, "supplies a house only (V2H, DC, 77 kWh packs): not capable"),
    SoldModel(("vw", "id."), "", 0.0, "supplies a house only (V2H, DC, 77 kWh packs): not capable"),
)
"""Read in November 2026; the discharge powers are assumptions where a spec file has none."""


def find_sold_model(name: str) -> SoldModel | None:
    """Return the entry of a model by its name, None without a source."""
    words = set(name.lower().split())
    return next((sold for sold in SOLD_MODELS if all(_contains(words, word) for word in sold.words)), None)


def is_sold_with_v2g(name: str) -> bool:
    """Return whether a source says that a model is sold with V2G, by its name."""
    sold = find_sold_model(name)
    return sold is not None and sold.current != ""


def limit_to_sold(catalog: Catalog) -> Catalog:
    """Return a catalog in which only the models that a source names discharge."""
    sold = [find_sold_model(name) for name in catalog.names]
    limits = {
        "max_ac_discharge_kw": (AC, catalog.max_ac_charge_kw),
        "max_dc_discharge_kw": (DC, catalog.max_dc_charge_kw),
    }
    columns: dict[str, Any] = {}
    for field, (current, charge_kw) in limits.items():
        is_sold = np.array([entry is not None and entry.current == current for entry in sold], np.bool_)
        assumed_kw = np.array([entry.power_kw if entry else 0.0 for entry in sold])
        given_kw = getattr(catalog, field)
        columns[field] = np.where(is_sold, np.where(given_kw > 0.0, given_kw, np.minimum(assumed_kw, charge_kw)), 0.0)
    return replace(catalog, **columns)


def list_assumed_powers(specified: Catalog, sold: Catalog) -> list[Issue]:
    """Return an assumption for each model whose discharge power as sold is not in its spec file."""
    template = "sold with V2G, without a discharge power in the spec file: {value} kW"
    return [
        Issue(name, template, (("value", float(max(ac_kw, dc_kw))),))
        for name, is_specified, ac_kw, dc_kw in zip(
            sold.names, specified.v2g_capable, sold.max_ac_discharge_kw, sold.max_dc_discharge_kw, strict=True
        )
        if not is_specified and max(ac_kw, dc_kw) > 0.0
    ]


def list_v2g_sources(catalog: Catalog) -> tuple[str, ...]:
    """Return the source of each model's V2G as sold, a msgid."""
    sold = map(find_sold_model, catalog.names)
    return tuple(entry.source if entry else NO_SOURCE for entry in sold)


def _contains(words: set[str], word: str) -> bool:
    # "id." is the start of ID.3, ID.4, ...; all other words stand alone.
    return any(each.startswith(word) for each in words) if word.endswith(".") else word in words
