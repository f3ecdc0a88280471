"""Notes on the dates of a run: legal time before 20 September 2026, and years without a listed Ramadan."""

from __future__ import annotations

from ev2gym_dashboard.core.scenario_options import GMT_CLOCK
from ev2gym_dashboard.core.site.legal_time import includes_utc_plus_one
from ev2gym_dashboard.core.site.season import RuleDay
from ev2gym_dashboard.core.site.tariff import HOURS_PER_DAY
from ev2gym_dashboard.service.datasets.packaged import read_load_shapes
from ev2gym_dashboard.service.scenarios.tariff import find_tariff
from ev2gym_dashboard.service.sessions.run_view import RunView
from ev2gym_dashboard.web.i18n import Translator

PEAK = "HP"


def format_date_note(view: RunView, _: Translator) -> str:
    """Return the notes on the dates from the start of a run to its current time; an empty text without any."""
    return " ".join(filter(None, (_format_clock_note(view, _), _format_ramadan_note(view, _))))


def _format_clock_note(view: RunView, _: Translator) -> str:
    scenario, tariff = view.run.scenario, find_tariff(view.run.scenario)
    has_peak = any(rule.poste == PEAK for rule in tariff.rules)
    # A tariff of the user names its own time zone.
    if tariff.time_zone or not has_peak or not includes_utc_plus_one(scenario.start_time, view.time):
        return ""
    shift_h = 1.0 if scenario.tariff_clock == GMT_CLOCK else -1.0
    hours = {season.name: _format_peak_hours(season.rules, shift_h) for season in tariff.seasons}
    if scenario.tariff_clock == GMT_CLOCK:
        return _(
            "On dates of this run Morocco's legal time was UTC+1, not yet UTC as since 20 September 2026. Assumption: "
            "the tariff's hours are GMT (medium confidence): under UTC+1 the peak hours are {winter} in winter and "
            "{summer} in summer, legal time.",
            **hours,
        )
    return _(
        "On dates of this run Morocco's legal time was UTC+1, not yet UTC as since 20 September 2026. Assumption: "
        "the tariff's hours are legal time, not GMT: under UTC+1 the peak hours are {winter} in winter and {summer} in "
        "summer, UTC.",
        **hours,
    )


def _format_peak_hours(rules: RuleDay, shift_h: float) -> str:
    spans = (span for rule in rules if rule.poste == PEAK for span in rule.hours)
    return ", ".join("–".join(_format_hour(hour_h + shift_h) for hour_h in span) for span in spans)


def _format_hour(hour_h: float) -> str:
    minutes = round(60 * hour_h)
    # Midnight at the end of a day stays 24:00.
    minutes = minutes if minutes == 60 * HOURS_PER_DAY else minutes % (60 * HOURS_PER_DAY)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _format_ramadan_note(view: RunView, _: Translator) -> str:
    scenario, listed_years = view.run.scenario, read_load_shapes().ramadan_years
    years = [year for year in range(scenario.start_time.year, view.time.year + 1) if year not in listed_years]
    # A load of the user's does not depend on Ramadan.
    if not years or scenario.base_load_profile:
        return ""
    return _(
        "The dates of Ramadan in {years} are not listed: the load shape of Ramadan applies to no day of that time.",
        years=", ".join(map(str, years)),
    )
