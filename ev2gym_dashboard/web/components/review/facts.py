"""Facts of a file under review: what it contains and what was assumed, by kind of file."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from dash import html

from ev2gym_dashboard.core.charging_sessions import ChargingSessions
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.site.tariff import Tariff
from ev2gym_dashboard.core.site.tiers import Tier
from ev2gym_dashboard.service.datasets.catalogs import LoadedCatalog, load_scenario_catalog
from ev2gym_dashboard.service.datasets.series_file.options import SeriesReading
from ev2gym_dashboard.service.datasets.series_file.units import POWER, PROFILE_UNITS
from ev2gym_dashboard.service.datasets.tariff_file import parse_tariff_text
from ev2gym_dashboard.service.scenarios.sessions import summarize_drawn_sessions, summarize_sessions
from ev2gym_dashboard.web.components.labels import render_assumptions
from ev2gym_dashboard.web.components.review.config_facts import list_config_facts, render_config_notes
from ev2gym_dashboard.web.i18n import SPACE, Translator
from ev2gym_dashboard.web.requests.issues import get_field_label
from ev2gym_dashboard.web.requests.review import CONFIG, Review, list_issue_lines
from ev2gym_dashboard.web.requests.uploads import format_reading_notes

MINUTES_PER_H = 60
Facts = dict[str, str]
"""Texts by label."""


def render_review_content(review: Review, _: Translator) -> list[Any]:
    """Return the facts of a file, and what was assumed."""
    facts = {_("Used as"): get_field_label(review.field, _)} | list_facts(review, _)
    rows = [html.Div([html.Dt(label), html.Dd(text)]) for label, text in facts.items()]
    notes = [html.Li(note) for note in format_reading_notes(review.reading, _)]
    parts = (
        html.Dl(rows, className="review-facts"),
        html.Ul(notes, className="review-notes") if notes else None,
        render_assumptions(_load_catalog(review), _) if review.values.get("catalog_spec") else None,
        *render_config_notes(review, _),
    )
    return [part for part in parts if part is not None]


def list_facts(review: Review, _: Translator) -> Facts:
    """Return the facts of a file by label; of one that cannot be read there are none."""
    if review.reading is not None:
        return _list_series_facts(review.field, review.reading, _)
    if review.field == CONFIG:
        return list_config_facts(review, _) if review.values else {}
    value = review.values.get(review.field)
    return LISTERS[review.field](review, _) if value else {}


def render_review_issues(review: Review, _: Translator) -> html.Div | None:
    """Return the issues of a file; None without any."""
    if not review.issues:
        return None
    items = html.Ul([html.Li(line) for line in list_issue_lines(review, _)])
    return html.Div([html.Strong(_("The file cannot be used as it is:")), items], className="alert alert-danger")


def _list_series_facts(field: str, reading: SeriesReading, _: Translator) -> Facts:
    profile, proposal, quantity = reading.profile, reading.proposal, PROFILE_UNITS[field]
    if profile is None:
        return {}
    values = profile.values
    facts = {
        _("Values"): _("{n} in steps of {step} min", n=_.number(len(values)), step=profile.step_min),
        _("Period"): _format_period(profile.start, profile.end, profile.length_days, _),
    }
    if proposal and proposal.unit != quantity:
        facts[_("Unit")] = f"{proposal.unit} → {quantity}"
    numbers = [float(value) for value in (values.min(), values.mean(), values.max())]
    low, mean, high = (_.plain(round(value, 4)) for value in numbers)
    facts[_("Lowest, mean, highest")] = f"{low} · {mean} · {high}{SPACE}{quantity}"
    if quantity == POWER:
        energy_kwh = float(values.sum()) * profile.step_min / MINUTES_PER_H
        facts[_("Energy")] = _.with_unit(energy_kwh, "kWh", 1 if abs(energy_kwh) < 1000 else 0)
    return facts


def _format_period(start: datetime | None, end: datetime | None, length_days: float, _: Translator) -> str:
    days = _.plain(round(length_days, 2))
    if start is None or end is None:
        return _("{days} d without a date, which repeat", days=days)
    return _("{first} to {last} (UTC), {days} d", first=_format_time(start, _), last=_format_time(end, _), days=days)


def _format_time(time: datetime, _: Translator) -> str:
    return f"{_.date(time)} {_.time(time)}"


def _list_session_facts(review: Review, _: Translator) -> Facts:
    sessions: ChargingSessions = review.values["sessions"]
    first, last = (datetime.fromtimestamp(second, UTC) for second in sessions.find_span_s())
    given = summarize_sessions(sessions)
    drawn = summarize_drawn_sessions(review.held.place, return_share=review.held.return_share)

    def beside(ours: float, drawn: float, unit: str) -> str:
        texts = ("–" if math.isnan(value) else _.with_unit(value, unit, 1).rstrip() for value in (ours, drawn))
        return _("{given} (drawn: {drawn})", **dict(zip(("given", "drawn"), texts, strict=True)))

    return {
        _("Charging sessions"): _(
            "{n} of {vehicles} at {evses}",
            n=_.number(len(sessions)),
            vehicles=_.plural("{count} vehicle", "{count} vehicles", sessions.n_vehicles),
            evses=_.plural("{count} EVSE", "{count} EVSEs", sessions.n_evse),
        ),
        _("Period"): _("{first} to {last} (UTC)", first=_format_time(first, _), last=_format_time(last, _)),
        _("Mean stay"): beside(given.stay_h, drawn.stay_h, "h"),
        _("Mean energy of a stay"): beside(given.energy_kwh, drawn.energy_kwh, "kWh"),
        _("Sessions per vehicle and week"): beside(given.per_week, drawn.per_week, ""),
        _("Most arrivals from"): _(
            "{given} (drawn: {drawn})", given=f"{given.busiest_hour:02d}:00 UTC", drawn=f"{drawn.busiest_hour:02d}:00"
        ),
    }


def _list_tariff_facts(review: Review, _: Translator) -> Facts:
    tariff = parse_tariff_text(review.values["tariff_spec"])
    low, high = _.plain(tariff.lowest_mad_kwh), _.plain(tariff.highest_mad_kwh)
    facts = {_("Tariff"): tariff.name, _("Price of import"): f"{low} – {high}{SPACE}MAD/kWh"}
    if tariff.currency != "MAD":
        rate = _.plain(tariff.mad_per_unit)
        facts[_("Currency")] = _("{currency}, at {rate} MAD for one", currency=tariff.currency, rate=rate)
    return facts | _list_tariff_structure(tariff, _) | {_("Time zone"): tariff.time_zone or "UTC"}


def _list_tariff_structure(tariff: Tariff, _: Translator) -> Facts:
    if tariff.tiers:
        return {_("Tiers [MAD/kWh]"): ", ".join(_format_tier(tier, _) for tier in tariff.tiers)}
    postes = {
        season.name: ", ".join(
            dict.fromkeys(f"{rule.name or rule.poste} {_.plain(rule.price_mad_kwh)}" for rule in season.rules)
        )
        for season in tariff.seasons
    }
    charges = {
        _("Charge for power"): (tariff.fixed_mad_per_kva_year, "MAD/kVA"),
        _("Standing charge"): (tariff.standing_mad_per_year, "MAD"),
    }
    yearly = {
        label: _("{amount} a year", amount=_.with_unit(amount, unit, 2))
        for label, (amount, unit) in charges.items()
        if amount
    }
    return {_("Season {name} [MAD/kWh]", name=name): text for name, text in postes.items()} | yearly


def _format_tier(tier: Tier, _: Translator) -> str:
    price = _.plain(tier.price_mad_kwh)
    if math.isinf(tier.up_to_kwh):
        return _("then {price}", price=price)
    return _("{price} up to {high} kWh a month", price=price, high=_.plain(tier.up_to_kwh))


def _list_spec_facts(review: Review, _: Translator) -> Facts:
    loaded = _load_catalog(review)
    models = loaded.models
    capacity_kwh, ac_kw = models.capacity_kwh, models.max_ac_charge_kw

    def span(low: float, high: float, unit: str) -> str:
        return _.keep_order(f"{_.plain(round(low, 1))} – {_.plain(round(high, 1))}{SPACE}{unit}")

    return {
        _("Vehicle models"): _(
            "{models}, of which {capable} V2G-capable",
            models=_.number(len(models)),
            capable=_.number(int(models.v2g_capable.sum())),
        ),
        _("Registrations"): _.number(int(models.registrations.sum())),
        _("Battery"): span(float(capacity_kwh.min()), float(capacity_kwh.max()), "kWh"),
        _("AC charging"): span(float(ac_kw.min()), float(ac_kw.max()), "kW"),
    }


def _load_catalog(review: Review) -> LoadedCatalog:
    return load_scenario_catalog(Scenario(catalog_spec=review.values["catalog_spec"]))


LISTERS: dict[str, Callable[[Review, Translator], Facts]] = {
    "sessions": _list_session_facts,
    "tariff_spec": _list_tariff_facts,
    "catalog_spec": _list_spec_facts,
}
"""Facts of each kind of file that is no series."""
