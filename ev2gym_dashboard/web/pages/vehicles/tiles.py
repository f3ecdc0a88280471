"""Tiles and sentences of one vehicle."""

from __future__ import annotations

from ev2gym_dashboard.service.sessions.vehicle_view import VehicleHistory, VehiclesView, VehicleView
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.tile import Tile, TileText
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.pages.vehicles.table import (
    MODE_NAMES,
    NOTHING,
    describe_reason,
    format_power,
    format_vehicle_name,
)
from ev2gym_dashboard.web.requests.group_words import localize_kinds


def _make_total_text(name: str, unit: str, digits: int) -> TileText:
    def text(view: VehicleView, _: Translator) -> str:
        return "" if view.history is None else _.with_unit(view.history.totals[name], unit, digits)

    return text


def _format_target(view: VehicleView, _: Translator) -> str:
    target_soc = view.row.target_soc
    return _("on the road") if target_soc is None else _("target {target}", target=_.percent(target_soc))


def _format_reserve(view: VehicleView, _: Translator) -> str:
    if view.reserve_soc is None:
        return _("no V2G")
    return _("V2G down to {reserve}", reserve=_.percent(view.reserve_soc))


def _format_evse_kind(view: VehicleView, _: Translator) -> str:
    return localize_kinds(view.evse_name, _) or _("not plugged in")


def _format_evse(view: VehicleView, _: Translator) -> str:
    return NOTHING if view.row.evse is None else str(view.row.evse)


def _format_departure(view: VehicleView, _: Translator) -> str:
    return NOTHING if view.row.departure is None else _.time(view.row.departure)


def _format_departure_day(view: VehicleView, _: Translator) -> str:
    return _("not here") if view.row.departure is None else _.date(view.row.departure)


def _format_missed(view: VehicleView, _: Translator) -> str:
    if view.history is None:
        return ""
    missing_kwh = view.history.totals["unserved_kwh"]
    return _("missing: {energy}", energy=_.with_unit(missing_kwh, "kWh", 1))


def _format_stay_count(view: VehicleView, _: Translator) -> str:
    return "" if view.history is None else _("Stays: {count}", count=_.number(len(view.history.stays)))


def _format_wear_parts(view: VehicleView, _: Translator) -> str:
    if view.history is None:
        return ""
    cyclic_mad = view.history.totals["cyclic_mad"]
    return _("of it by cycling: {cost}", cost=_.with_unit(cyclic_mad, "MAD", 2))


VEHICLE_TILES = (
    Tile("vehicle-mode", N_("Mode"), lambda view, _: _(MODE_NAMES[view.row.mode]), lambda view, _: view.row.model),
    Tile("vehicle-soc", N_("SOC"), lambda view, _: _.percent(view.row.soc, 1), _format_target, "soc"),
    Tile("vehicle-power", N_("Power"), lambda view, _: format_power(view.row.power_kw, _), _format_reserve),
    Tile(
        "vehicle-evse",
        N_("EVSE"),
        _format_evse,
        _format_evse_kind,
    ),
    Tile("vehicle-departure", N_("Departure"), _format_departure, _format_departure_day),
    Tile(
        "vehicle-g2v",
        N_("Charged"),
        _make_total_text("g2v_kwh", "kWh", 1),
        _format_missed,
        "g2v",
        N_("energy charged at the EVSE; missing is the energy that its departures lacked to the target SOC"),
    ),
    Tile(
        "vehicle-v2g",
        N_("Given back (V2G)"),
        _make_total_text("v2g_kwh", "kWh", 1),
        _format_stay_count,
        "v2g",
        N_("energy discharged at the EVSE"),
    ),
    Tile(
        "vehicle-cost",
        N_("Energy cost"),
        _make_total_text("cost_mad", "MAD", 2),
        lambda view, _: _("negative: earned"),
        definition=N_("energy charged less energy given back, each at the price at the meter in its step"),
    ),
    Tile(
        "vehicle-wear",
        N_("Battery wear"),
        _make_total_text("wear_mad", "MAD", 2),
        _format_wear_parts,
        definition=N_("calendar wear in the time of the stays, and cyclic wear of the energy cycled in them"),
    ),
)


def format_vehicle_texts(view: VehiclesView, _: Translator) -> dict[str, str]:
    """Return the texts of the one vehicle by id; of a vehicle that the run does not have, why it is not shown."""
    if not view.query.vehicle:
        return {}
    if view.shown is None:
        return _format_unknown_texts(view, _)
    shown = view.shown
    texts = {ids.make_tile_id(tile.key): tile.text(shown, _) for tile in VEHICLE_TILES}
    texts |= {ids.make_tile_note_id(tile.key): tile.note(shown, _) for tile in VEHICLE_TILES if tile.note}
    return texts | {
        ids.VEHICLE_TITLE: _("Vehicle {name}: {model}", name=format_vehicle_name(shown.row), model=shown.row.model),
        ids.VEHICLE_STATUS: _format_status(shown, _),
        ids.VEHICLE_SINCE: _format_since(view, shown.history, _),
    }


def _format_unknown_texts(view: VehiclesView, _: Translator) -> dict[str, str]:
    last = view.run.scenario.fleet_size - 1
    return {
        ids.VEHICLE_TITLE: _("Vehicle {name}", name=view.query.vehicle),
        ids.VEHICLE_STATUS: _(
            "This run has no such vehicle: they have the numbers 0 to {last}. Go back to the list to choose one.",
            last=last,
        ),
    }


def _format_status(shown: VehicleView, _: Translator) -> str:
    """Return why the vehicle does as it does, or how far its past is computed."""
    if shown.history is None:
        return _("Computing its past: {share}", share=_.percent(shown.progress))
    return describe_reason(shown.row, _) or _("No step has been simulated yet.")


def _format_since(view: VehiclesView, history: VehicleHistory | None, _: Translator) -> str:
    """Return since when the energies and costs count."""
    if history is None:
        return ""
    start = view.run.scenario.get_step_time(history.first_step)
    if history.first_step == 0:
        return _("Energies and costs of the stays since the start of the run, {time}.", time=_.day_and_time(start))
    return _(
        "Energies and costs since {time}: of a longer run, only its last days are computed again.",
        time=_.day_and_time(start),
    )
