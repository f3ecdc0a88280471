"""The figures of the fleet: one table of what is shown, in what words, with what line below it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dash import html

from ev2gym_dashboard.service.sessions.fleet_view import Frame
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import N_, Words

Text = Callable[[Any, Words], str]
KWH_PER_MWH = 1000.0


@dataclass(frozen=True)
class Tile:
    """A figure: its key, heading (a msgid), text, the line below it, and the mode whose colour it carries."""

    key: str
    heading: str
    text: Text
    note: Text | None = None
    mode: str = ""


def fact_strip(_: Words) -> html.Dl:
    """Return what the catalog is, in one line."""
    return html.Dl([_fact(tile, _) for tile in FACTS], className="facts")


def tile_row(_: Words) -> html.Dl:
    """Return the fleet's figures, empty."""
    return html.Dl([tile_of(tile, _) for tile in TILES], className="tiles")


def tile_of(tile: Tile, _: Words) -> html.Div:
    """Return a figure's place, empty."""
    values = [html.Dd(id=ids.figure(tile.key), className="tile-value live")]
    values += [html.Dd(id=ids.figure_note(tile.key), className="tile-note live")]
    return html.Div([html.Dt(_(tile.heading)), *values], className=f"tile tile-{tile.mode or 'plain'}")


def _fact(tile: Tile, _: Words) -> html.Div:
    return html.Div([html.Dt(_(tile.heading)), html.Dd(id=ids.figure(tile.key), className="live")], className="fact")


def _count(name: str) -> Text:
    return lambda frame, _: _.number(frame.now[name])


def _energy(name: str) -> Text:
    def text(frame: Frame, _: Words) -> str:
        kwh = frame.now[name]
        return _.with_unit(kwh / KWH_PER_MWH, "MWh", 2) if kwh >= 10 * KWH_PER_MWH else _.with_unit(kwh, "kWh", 0)

    return text


def _share(name: str, whole: str, sentence: str) -> Text:
    def text(frame: Frame, _: Words) -> str:
        share = frame.now[name] / frame.now[whole] if frame.now[whole] else 0.0
        return _(sentence, share=_.percent(share))

    return text


def _power(name: str, sign: float = 1.0) -> Text:
    return lambda frame, _: _.with_unit(sign * frame.now[name], "kW", 0 if abs(frame.now[name]) >= 1000 else 1)


def _capable(frame: Frame, _: Words) -> str:
    return f"{_.number(frame.now['n_capable'])} ({_.percent(frame.now['capable_share'])})"


def _direction(frame: Frame, _: Words) -> str:
    power_kw = round(frame.now["net_power_kw"], 1)
    if power_kw == 0.0:
        return _("balanced")
    return _("drawn from the grid") if power_kw > 0.0 else _("given to the grid")


def _given_back(frame: Frame, _: Words) -> str:
    return _("given back: {energy}", energy=_energy("export_kwh")(frame, _))


def _away(frame: Frame, _: Words) -> str:
    return _("{count} on the road", count=_.number(frame.now["n_away"]))


FACTS = (
    Tile("models", N_("Models"), _count("n_models")),
    Tile("capable", N_("V2G-capable"), _capable),
    Tile("registrations", N_("Registrations"), _count("registrations")),
    Tile("battery", N_("Mean battery"), lambda frame, _: _.with_unit(frame.now["battery_mean_kwh"], "kWh", 1)),
)
TILES = (
    Tile("vehicles", N_("Vehicles"), _count("n_vehicles"), _away),
    Tile(
        "connected",
        N_("Connected"),
        _count("n_connected"),
        _share("n_connected", "n_vehicles", N_("{share} of the fleet")),
    ),
    Tile("charging", N_("Charging (G2V)"), _count("n_charging"), _power("g2v_kw"), "g2v"),
    Tile("discharging", N_("Discharging (V2G)"), _count("n_discharging"), _power("v2g_kw", -1.0), "v2g"),
    Tile("idle", N_("Idle"), _count("n_idle"), _share("n_idle", "n_connected", N_("{share} of the connected")), "idle"),
    Tile("waiting", N_("Waiting"), _count("n_waiting"), lambda frame, _: _("for a free charger"), "waiting"),
    Tile(
        "soc",
        N_("Mean SOC"),
        lambda frame, _: _.percent(frame.now["soc_mean"], 1),
        lambda frame, _: _("of the whole fleet"),
        "soc",
    ),
    Tile("net", N_("Net power"), _power("net_power_kw"), _direction),
    Tile("energy", N_("Energy drawn"), _energy("import_kwh"), _given_back),
)


def texts(frame: Frame, _: Words) -> dict[str, str]:
    """Return every text by the id of its place."""
    values = {ids.figure(tile.key): tile.text(frame, _) for tile in FACTS + TILES}
    return values | {ids.figure_note(tile.key): tile.note(frame, _) for tile in TILES if tile.note}
