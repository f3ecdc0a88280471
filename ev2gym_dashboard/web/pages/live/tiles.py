"""Tiles of the fleet: the facts of the catalog, and the current figures with their notes."""

from __future__ import annotations

from dash import html

from ev2gym_dashboard.core.engine.recorder import COLUMNS
from ev2gym_dashboard.service.sessions.fleet_view import CURRENT_FIGURES, FleetView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.alternative import format_difference
from ev2gym_dashboard.web.components.tile import Tile, TileText, render_tile
from ev2gym_dashboard.web.i18n import N_, Translator

KWH_PER_MWH = 1000.0


def render_introduction(_: Translator) -> html.Div:
    """Return the facts of the catalog, without their values, and a sentence on the simulation."""
    facts = html.Dl([_render_fact(tile, _) for tile in CATALOG_FACTS], className="facts")
    sentence = _("Simulated vehicles arrive, charge (G2V), give energy back (V2G) and leave.")
    return html.Div([facts, html.P(sentence, className="hint")], className="introduction")


def render_tile_row(_: Translator) -> html.Dl:
    """Return the tiles of the fleet without their values."""
    return html.Dl([render_tile(tile, _) for tile in FLEET_TILES], className="tiles tiles-nine")


def _render_fact(tile: Tile, _: Translator) -> html.Div:
    return html.Div(
        [html.Dt(_(tile.heading)), html.Dd(id=ids.make_tile_id(tile.key), className="live")], className="fact"
    )


def _make_count_text(name: str) -> TileText:
    return lambda view, _: _.number(view.current[name])


def _make_energy_text(name: str) -> TileText:
    def text(view: FleetView, _: Translator) -> str:
        kwh = view.current[name]
        return _.with_unit(kwh / KWH_PER_MWH, "MWh", 2) if kwh >= 10 * KWH_PER_MWH else _.with_unit(kwh, "kWh", 0)

    return text


def _make_share_text(name: str, whole: str, sentence: str) -> TileText:
    def text(view: FleetView, _: Translator) -> str:
        # Nothing is a share of nothing.
        return _(sentence, share=_.percent(view.current[name] / view.current[whole])) if view.current[whole] else ""

    return text


def _make_power_text(name: str, sign: float = 1.0) -> TileText:
    return lambda view, _: _.with_unit(sign * view.current[name], "kW", 0 if abs(view.current[name]) >= 1000 else 1)


def _format_capable(view: FleetView, _: Translator) -> str:
    return f"{_.number(view.current['n_capable'])} ({_.percent(view.current['capable_share'])})"


def _format_direction(view: FleetView, _: Translator) -> str:
    # The note follows the value as it reads: less than 0.05 kW reads as zero.
    power_kw = round(view.current["net_power_kw"], 1)
    if power_kw == 0.0:
        return _("balanced")
    return _("drawn from the grid") if power_kw > 0.0 else _("fed back to the grid")


def _format_exported_energy(view: FleetView, _: Translator) -> str:
    return _("fed back: {energy}", energy=_make_energy_text("export_kwh")(view, _))


def _format_away(view: FleetView, _: Translator) -> str:
    return _("{count} on the road", count=_.number(view.current["n_away"]))


def _make_difference_text(name: str, unit: str = "", digits: int = 0, scale: float = 1.0) -> TileText:
    def text(view: FleetView, _: Translator) -> str:
        if view.alternative is None:
            return ""
        return format_difference(scale * view.alternative.differences[name], unit, _, digits=digits)

    return text


CATALOG_FACTS = (
    Tile("models", N_("Models"), _make_count_text("n_models")),
    Tile("capable", N_("V2G-capable"), _format_capable),
    Tile("registrations", N_("Registrations"), _make_count_text("registrations")),
    Tile("battery", N_("Mean battery"), lambda view, _: _.with_unit(view.current["battery_mean_kwh"], "kWh", 1)),
)
FLEET_TILES = (
    Tile(
        "vehicles",
        N_("Vehicles"),
        _make_count_text("n_vehicles"),
        _format_away,
        definition=CURRENT_FIGURES["n_vehicles"],
    ),
    Tile(
        "connected",
        N_("Connected"),
        _make_count_text("n_connected"),
        _make_share_text("n_connected", "n_vehicles", N_("{share} of the fleet")),
        definition=COLUMNS["n_connected"],
        difference=_make_difference_text("n_connected"),
    ),
    Tile(
        "charging",
        N_("Charging (G2V)"),
        _make_count_text("n_charging"),
        _make_power_text("g2v_kw"),
        "g2v",
        COLUMNS["n_charging"],
        difference=_make_difference_text("n_charging"),
    ),
    Tile(
        "discharging",
        N_("Discharging (V2G)"),
        _make_count_text("n_discharging"),
        _make_power_text("v2g_kw", -1.0),
        "v2g",
        COLUMNS["n_discharging"],
        difference=_make_difference_text("n_discharging"),
    ),
    Tile(
        "idle",
        N_("Idle"),
        _make_count_text("n_idle"),
        _make_share_text("n_idle", "n_connected", N_("{share} of the connected")),
        "idle",
        COLUMNS["n_idle"],
        difference=_make_difference_text("n_idle"),
    ),
    Tile(
        "waiting",
        N_("Waiting"),
        _make_count_text("n_waiting"),
        lambda view, _: _("for a charger"),
        "waiting",
        COLUMNS["n_waiting"],
        difference=_make_difference_text("n_waiting"),
    ),
    Tile(
        "soc",
        N_("Mean SOC"),
        lambda view, _: _.percent(view.current["soc_mean"], 1),
        lambda view, _: _("of the whole fleet"),
        "soc",
        COLUMNS["soc_mean"],
        difference=_make_difference_text("soc_mean", "pt", 1, 100.0),
    ),
    Tile(
        "net",
        N_("Net power"),
        _make_power_text("net_power_kw"),
        _format_direction,
        definition=COLUMNS["net_power_kw"],
        difference=_make_difference_text("net_power_kw", "kW"),
    ),
    Tile(
        "energy",
        N_("Energy drawn"),
        _make_energy_text("import_kwh"),
        _format_exported_energy,
        definition=CURRENT_FIGURES["import_kwh"],
        difference=_make_difference_text("import_kwh", "kWh"),
    ),
)


def format_fleet_texts(view: FleetView, _: Translator) -> dict[str, str]:
    """Return every text by the id of its element."""
    values = {ids.make_tile_id(tile.key): tile.text(view, _) for tile in CATALOG_FACTS + FLEET_TILES}
    values |= {ids.make_tile_note_id(tile.key): tile.note(view, _) for tile in FLEET_TILES if tile.note}
    return values | {
        ids.make_tile_difference_id(tile.key): tile.difference(view, _) for tile in FLEET_TILES if tile.difference
    }
