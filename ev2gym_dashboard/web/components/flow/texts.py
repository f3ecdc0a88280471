"""Texts of the energy flow: each power with its note, and the sentence that says all of them."""

from __future__ import annotations

from dataclasses import dataclass

from ev2gym_dashboard.service.sessions.energy_flow import SUPPLIES, TENTHS_PER_KW, USES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import N_, Translator

SEPARATOR = ", "


@dataclass(frozen=True)
class FlowTexts:
    """Msgids of a power: its label, and its note with the power of ``lost`` that goes with it, if there is one."""

    label: str
    lost: str = ""
    note: str = ""


FLOW_TEXTS = {
    "used_solar_kw": FlowTexts(N_("Sun"), "curtailed_kw", N_("{power} curtailed")),
    "import_kw": FlowTexts(N_("Grid")),
    "v2g_kw": FlowTexts(N_("Vehicles (V2G)"), "discharge_loss_kw", N_("and {power} of losses")),
    "export_kw": FlowTexts(N_("Grid")),
    "base_load_kw": FlowTexts(N_("Building")),
    "g2v_kw": FlowTexts(N_("Vehicles (G2V)"), "charge_loss_kw", N_("{power} of it losses")),
}


def format_flow_texts(tenths: dict[str, int], _: Translator) -> dict[str, str]:
    """Return the texts of the picture by id, of powers in tenths of a kW."""
    powers = {ids.make_flow_id(name): format_power(tenths[name], _) for name in FLOW_TEXTS}
    notes = {
        ids.make_flow_id(texts.lost): _format_note(texts, tenths, _) for texts in FLOW_TEXTS.values() if texts.lost
    }
    total = format_power(sum(tenths[name] for name in SUPPLIES), _)
    return powers | notes | {ids.FLOW_TOTAL: total, ids.FLOW_TEXT: format_flow_sentence(tenths, _)}


def format_flow_sentence(tenths: dict[str, int], _: Translator) -> str:
    """Return the flow in words; powers of 0 are left out."""
    total = sum(tenths[name] for name in SUPPLIES)
    if not total:
        return _("No power flows at the site.")
    return _(
        "Supply of the site, {total}: {supplies}. Use: {uses}.",
        total=format_power(total, _),
        supplies=SEPARATOR.join(_list_clauses(SUPPLIES, tenths, _)),
        uses=SEPARATOR.join(_list_clauses(USES, tenths, _)),
    )


def format_power(tenths: int, _: Translator) -> str:
    """Return a power in tenths of a kW with its unit."""
    return _.with_unit(tenths / TENTHS_PER_KW, "kW", 1)


def _list_clauses(names: tuple[str, ...], tenths: dict[str, int], _: Translator) -> list[str]:
    return [_describe_power(FLOW_TEXTS[name], name, tenths, _) for name in names if tenths[name]]


def _describe_power(texts: FlowTexts, name: str, tenths: dict[str, int], _: Translator) -> str:
    label = _(texts.label)
    clause = f"{label[:1].lower()}{label[1:]} {format_power(tenths[name], _)}"
    note = _format_note(texts, tenths, _)
    return f"{clause} ({note})" if note else clause


def _format_note(texts: FlowTexts, tenths: dict[str, int], _: Translator) -> str:
    lost = tenths[texts.lost] if texts.lost else 0
    return _(texts.note, power=format_power(lost, _)) if lost else ""
