"""Facts of a vehicle model: its battery, powers, efficiencies by number of phases, and where its V2G comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dash import html

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.fleet.catalog import DEFAULT_EFFICIENCY, Catalog
from ev2gym_dashboard.service.datasets.catalogs import USER_CATALOG, LoadedCatalog
from ev2gym_dashboard.service.datasets.v2g_as_sold import find_sold_model
from ev2gym_dashboard.service.sessions.run_view import RunView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import N_, Translator

FactText = Callable[[LoadedCatalog, int, Translator], str]


@dataclass(frozen=True)
class ModelFact:
    """A fact: its key, its heading (a msgid), and its text for a row of a catalog."""

    key: str
    heading: str
    text: FactText


def render_model_facts(_: Translator) -> html.Dl:
    """Return the facts of a model without their texts."""
    rows = [html.Div([html.Dt(_(fact.heading)), html.Dd(id=ids.make_model_fact_id(fact.key))]) for fact in MODEL_FACTS]
    return html.Dl(rows, id=ids.MODEL_FACTS, className="model-facts")


def format_model_facts(view: RunView, model: str | None, _: Translator) -> dict[str, str]:
    """Return the facts of a model by id; none without a model, or for one that the run does not have."""
    loaded = view.loaded_catalog
    if model not in loaded.catalog.names:
        return {}
    row = loaded.catalog.names.index(model)
    return {ids.make_model_fact_id(fact.key): fact.text(loaded, row, _) for fact in MODEL_FACTS}


def _format_ac(loaded: LoadedCatalog, row: int, _: Translator) -> str:
    catalog, n_phases = loaded.catalog, int(loaded.catalog.max_ac_phases[row])
    power = _.with_unit(float(catalog.max_ac_charge_kw[row]), "kW", 1)
    return _.plural("{power}, on {count} phase", "{power}, on up to {count} phases", n_phases, power=power)


def _format_efficiency(loaded: LoadedCatalog, row: int, efficiency: Floats, _: Translator) -> str:
    """Return the efficiency at each current that the vehicle accepts; currents in a row with equal ones go together."""
    if not loaded.catalog.has_table[row]:
        return _("{share} at every current: assumed, the file has no table", share=_.percent(DEFAULT_EFFICIENCY, 1))
    groups: list[tuple[float, float, float]] = []
    for current_a, value in zip(loaded.catalog.current_a.tolist(), efficiency[row].tolist(), strict=True):
        if groups and groups[-1][2] == value:
            groups[-1] = (groups[-1][0], current_a, value)
        else:
            groups.append((current_a, current_a, value))
    texts = [_format_group(*group, _) for group in groups if group[2] > 0.0]
    return " · ".join(texts) or _("not accepted")


def _format_group(first_a: float, last_a: float, efficiency: float, _: Translator) -> str:
    currents = _.plain(first_a) if first_a == last_a else f"{_.plain(first_a)}–{_.plain(last_a)}"
    return _("{currents} A: {share}", currents=currents, share=_.percent(efficiency))


def _format_v2g(loaded: LoadedCatalog, row: int, _: Translator) -> str:
    catalog = loaded.catalog
    if not catalog.v2g_capable[row]:
        return _("none")
    parts = [
        f"{name}\u00a0{_.with_unit(float(power_kw[row]), 'kW', 1)}"
        for name, power_kw in (("AC", catalog.max_ac_discharge_kw), ("DC", catalog.max_dc_discharge_kw))
        if power_kw[row] > 0.0
    ]
    return ", ".join(parts)


def _format_v2g_source(loaded: LoadedCatalog, row: int, _: Translator) -> str:
    """Return where the V2G of a model comes from, and whether it is sold today."""
    name = find_undivided_name(loaded.models, loaded.catalog.names[row])
    sold = find_sold_model(name)
    today = (
        _("As sold today: {source}.", source=_(sold.source))
        if sold
        else _("No source says that it is sold with V2G today.")
    )
    if loaded.v2g_sources:
        return today
    if loaded.v2g_assumed and loaded.catalog.v2g_capable[row]:
        return f"{_('Assumed by EV2Gym’s file.')} {today}"
    from_file = _("From your spec file.") if loaded.key == USER_CATALOG else _("From EV2Gym’s file.")
    return f"{from_file} {today}"


def find_undivided_name(models: Catalog, name: str) -> str:
    """Return the name of a model without the part of a mixed fleet that ends it."""
    return next((model for model in models.names if name == model or name.startswith(f"{model} (")), name)


MODEL_FACTS = (
    ModelFact(
        "battery",
        N_("Battery"),
        lambda loaded, row, _: _.with_unit(float(loaded.catalog.capacity_kwh[row]), "kWh", 1),
    ),
    ModelFact("ac", N_("AC charging"), _format_ac),
    ModelFact(
        "dc",
        N_("DC charging"),
        lambda loaded, row, _: (
            _.with_unit(float(loaded.catalog.max_dc_charge_kw[row]), "kW", 1)
            if loaded.catalog.max_dc_charge_kw[row] > 0.0
            else _("none")
        ),
    ),
    ModelFact(
        "efficiency-1ph",
        N_("Efficiency, 1 phase"),
        lambda loaded, row, _: _format_efficiency(loaded, row, loaded.catalog.efficiency_1ph, _),
    ),
    ModelFact(
        "efficiency-3ph",
        N_("Efficiency, 3 phases"),
        lambda loaded, row, _: _format_efficiency(loaded, row, loaded.catalog.efficiency_3ph, _),
    ),
    ModelFact("v2g", N_("V2G power"), _format_v2g),
    ModelFact("v2g-source", N_("V2G source"), _format_v2g_source),
)
