"""Sentence on the next hours of a run: V2G, the plan, peak hours, price and sun, as far as they lie ahead."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from ev2gym_dashboard.service.sessions.ahead_view import AHEAD_H, AheadView, PlannedHours, Span
from ev2gym_dashboard.service.sessions.run_view import RunView
from ev2gym_dashboard.web.i18n import SPACE, Translator

SEPARATOR = " · "
MIN_POWER_KW = 0.5
MIN_PRICE_STEP_MAD_KWH = 5e-5
"""Difference of two prices that their four decimals show."""


def format_ahead_sentence(view: RunView, _: Translator) -> str:
    """Return a sentence that holds at the step of the run; empty where nothing changes in the next hours."""
    ahead = view.ahead
    clauses = (_describe_v2g(ahead, _), _describe_price(ahead, _), _describe_sun(ahead, _))
    return SEPARATOR.join(clause for clause in clauses if clause)


def format_duration(minutes: float, _: Translator) -> str:
    """Return a duration in hours and minutes."""
    hours, rest = divmod(round(minutes), 60)
    parts = [f"{hours}{SPACE}h"] if hours else []
    parts += [f"{rest}{SPACE}min"] if rest or not hours else []
    return " ".join(parts)


def _describe_v2g(ahead: AheadView, _: Translator) -> str:
    if ahead.plan is not None:
        return _describe_plan(ahead, ahead.plan, _)
    if not ahead.v2g_windows:
        return ""
    window = ahead.v2g_windows[0]
    values = {"vehicles": _describe_vehicles(ahead.ready.n, _), "power": _.with_unit(ahead.ready.power_kw, "kW")}
    if window.start > ahead.start:
        duration = _format_time_left(ahead, window.start, _)
        if not ahead.ready.n:
            return _("V2G in {duration}: {vehicles}", duration=duration, **values)
        return _("V2G in {duration}: {vehicles}, up to {power}", duration=duration, **values)
    until = _describe_end(window, _)
    if not ahead.ready.n:
        return _("V2G {until}: {vehicles}", until=until, **values)
    return _("V2G {until}: {vehicles}, up to {power}", until=until, **values)


def _describe_vehicles(count: int, _: Translator) -> str:
    if count == 0:
        return _("no vehicle ready now")
    return _.plural("{count} vehicle ready now", "{count} vehicles ready now", count)


def _describe_end(span: Span, _: Translator) -> str:
    if span.is_open:
        return _("for the next {hours} h at least", hours=AHEAD_H)
    return _("until {time}", time=_.time(span.end))


def _describe_plan(ahead: AheadView, plan: PlannedHours, _: Translator) -> str:
    """Return when and how much the plan gives back; else when it charges most."""
    cell = timedelta(minutes=plan.cell_min)
    loads = [(plan.start + k * cell, load_kw) for k, load_kw in enumerate(plan.load_kw)]
    loads = [(max(time, ahead.start), load_kw) for time, load_kw in loads if ahead.start < time + cell <= ahead.end]
    lowest_kw, (highest_time, highest_kw) = min(kw for _time, kw in loads), max(loads, key=lambda load: load[1])
    if lowest_kw < -MIN_POWER_KW:
        first = next(time for time, load_kw in loads if load_kw < -MIN_POWER_KW)
        power = _.with_unit(-lowest_kw, "kW")
        return _("Plan: up to {power} back to the site from {time}", power=power, time=_.time(first))
    if highest_kw > MIN_POWER_KW:
        power = _.with_unit(highest_kw, "kW")
        return _("Plan: charges most at {time}, {power}", power=power, time=_.time(highest_time))
    return ""


def _describe_price(ahead: AheadView, _: Translator) -> str:
    """Return when the peak hours begin or end; else the next lower or higher price."""
    prices = ahead.price_mad_kwh
    if not ahead.peaks:
        return _describe_next_price(ahead, _)
    peak = ahead.peaks[0]
    if peak.start > ahead.start:
        price = _format_price(prices[_find_step(ahead, peak.start)], _)
        return _("Peak hours in {duration}, at {price}", duration=_format_time_left(ahead, peak.start, _), price=price)
    if peak.is_open:
        return _("Peak hours for the next {hours} h at least", hours=AHEAD_H)
    price = _format_price(prices[_find_step(ahead, peak.end)], _)
    return _("Peak hours until {time}, then {price}", time=_.time(peak.end), price=price)


def _describe_next_price(ahead: AheadView, _: Translator) -> str:
    prices, step = ahead.price_mad_kwh, timedelta(minutes=ahead.step_min)
    lowest = min(prices)
    if lowest < prices[0] - MIN_PRICE_STEP_MAD_KWH:
        time = ahead.start + prices.index(lowest) * step
        values = {"time": _.time(time), "price": _format_price(lowest, _), "hours": AHEAD_H}
        return _("Lowest price of the next {hours} h from {time}: {price}", **values)
    rises = [k for k, (one, other) in enumerate(pairwise(prices), 1) if other > one + MIN_PRICE_STEP_MAD_KWH]
    if not rises:
        return ""
    time, price = ahead.start + rises[0] * step, _format_price(prices[rises[0]], _)
    return _("The price rises to {price} at {time}", time=_.time(time), price=price)


def _describe_sun(ahead: AheadView, _: Translator) -> str:
    if not ahead.surpluses:
        return ""
    surplus = ahead.surpluses[0]
    if surplus.start > ahead.start:
        return _("More sun than load from {time}", time=_.time(surplus.start))
    return _("More sun than load {until}", until=_describe_end(surplus, _))


def _format_price(price_mad_kwh: float, _: Translator) -> str:
    return _.with_unit(price_mad_kwh, "MAD/kWh", 4)


def _format_time_left(ahead: AheadView, time: datetime, _: Translator) -> str:
    return format_duration((time - ahead.start) / timedelta(minutes=1), _)


def _find_step(ahead: AheadView, time: datetime) -> int:
    return (time - ahead.start) // timedelta(minutes=ahead.step_min)
