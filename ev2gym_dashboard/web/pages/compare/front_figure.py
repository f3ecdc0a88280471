"""The Pareto front as a figure, and as a sentence."""

from __future__ import annotations

import numpy as np

from ev2gym_dashboard import palette
from ev2gym_dashboard.service.comparison.pareto_front import ParetoFront, RulePoint
from ev2gym_dashboard.service.comparison.result import Variant
from ev2gym_dashboard.service.comparison.statistics import find_pareto_front
from ev2gym_dashboard.service.optimum.goals import GOALS
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.components.charts import FigureDict, make_axis, make_figure
from ev2gym_dashboard.web.i18n import N_, Translator

HEIGHT_PX = 420
N_BOUND_POINTS = 60
STRIP_SHARE = 0.05
BOUND_COLOUR = "rgba(124,136,148,0.18)"
SYMBOL_BY_V2G = {True: "circle", False: "square-open"}
GOAL_NAMES = {"peak": N_("Peak"), "wear": N_("Battery wear"), "co2": N_("CO2")}
GOAL_AXES = {
    "peak": N_("Peak at the meter (kW)"),
    "wear": N_("Battery wear (MAD)"),
    "co2": N_("CO2, with that of owed energy (t)"),
}
BILL_AXES = {
    "peak": N_("Bill, unserved and owed energy, wear (MAD)"),
    "wear": N_("Bill, unserved and owed energy (MAD)"),
    "co2": N_("Bill, unserved and owed energy, wear (MAD)"),
}
"""The bill is all of the objective but for the goal."""


def make_empty_front_figure(_: Translator) -> FigureDict:
    """Return the figure before the first front."""
    return _layout([], "peak", _)


def make_front_figure(front: ParetoFront, _: Translator) -> FigureDict:
    """Return the bill versus the goal: the plans as a line, the rules as points, and what is proven impossible."""
    rules = [_make_rule(rule, front, _) for rule in front.rules]
    return _layout([_make_bound(front, _), _make_line(front, _), *rules], front.goal, _)


def describe_front(front: ParetoFront, _: Translator) -> str:
    """Return how much of the goal can be saved, at which cost, and the rule that is closest to the bounds."""
    first, last = front.points[0], min(front.points, key=lambda point: point.goal)
    saved = (first.goal - last.goal) / first.goal if first.goal > 0.0 else 0.0
    ends = _(
        "{goal}: with perfect foresight, {saved} less ({first} to {last} {unit}) costs {paid} MAD more.",
        goal=_(GOAL_NAMES[front.goal]),
        saved=_.percent(saved, 1),
        first=_.number(first.goal, 1),
        last=_.number(last.goal, 1),
        unit=GOALS[front.goal].unit,
        paid=_.number(last.bill_mad - first.bill_mad, 0),
    )
    table = front.rule_table
    k = int(table["above_front_mad"].to_numpy().argmin())
    closest = _(
        "Closest strategy: {label}, at most {above} MAD above the front. No strategy can be in the grey area.",
        label=format_rule(front.rules[k], _),
        above=_.number(float(table["above_front_mad"].iloc[k]), 0),
    )
    return f"{ends} {closest}"


def format_rule(rule: RulePoint, _: Translator) -> str:
    """Return the name of a rule with its V2G switch."""
    return format_variant(rule.variant, _)


def format_variant(variant: Variant, _: Translator) -> str:
    """Return the name of the strategy of a variant with its V2G switch."""
    name = _(STRATEGIES[variant.strategy].name)
    return _("{name}, with V2G", name=name) if variant.v2g else _("{name}, without V2G", name=name)


def _make_line(front: ParetoFront, _: Translator) -> FigureDict:
    costs = np.array([(point.bill_mad, point.goal) for point in front.points])
    # The engine's run of a plan may be dominated by its neighbour's, by less than the gaps of both.
    kept = sorted(find_pareto_front(costs), key=lambda k: float(costs[k, 0]))
    values = _(
        "{cost} MAD, {goal}; weight {weight}, gap {gap}",
        cost="%{x:,.6~r}",
        goal="%{y:,.5~r}",
        weight="%{customdata[0]:,.3~r}",
        gap="%{customdata[1]:.2%}",
    )
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": _("Optimum"),
        "x": [front.points[k].bill_mad for k in kept],
        "y": [front.points[k].goal for k in kept],
        "customdata": [[front.points[k].weight, front.points[k].gap] for k in kept],
        "line": {"color": palette.OPTIMUM, "width": 2},
        "marker": {"color": palette.OPTIMUM, "symbol": "diamond", "size": 8},
        "hovertemplate": f"{values}<extra>{_('Optimum')}</extra>",
    }


def _make_bound(front: ParetoFront, _: Translator) -> FigureDict:
    """Return the area that the bounds of all weights exclude, from the least of the goal on."""
    goals = [point.goal for point in front.points] + [rule.goal for rule in front.rules]
    goal = np.linspace(min(goals), max(goals), N_BOUND_POINTS)
    lowest_mad = front.compute_lowest_bill_mad(goal)
    rightmost_mad = max([point.bill_mad for point in front.points] + [rule.bill_mad for rule in front.rules])
    # The area goes on to the left without end: a strip of it is shown.
    left_mad = float(lowest_mad.min()) - STRIP_SHARE * (rightmost_mad - float(lowest_mad.min()))
    return {
        "type": "scatter",
        "mode": "lines",
        "name": _("proven impossible"),
        "x": [*lowest_mad.tolist(), left_mad, left_mad],
        "y": [*goal.tolist(), float(goal[-1]), float(goal[0])],
        "fill": "toself",
        "fillcolor": BOUND_COLOUR,
        "line": {"color": palette.COUNTERFACTUAL, "width": 1},
        "hoverinfo": "skip",
    }


def _make_rule(rule: RulePoint, front: ParetoFront, _: Translator) -> FigureDict:
    colour, label = STRATEGIES[rule.variant.strategy].colour, format_rule(rule, _)
    values = f"%{{x:,.6~r}} MAD, %{{y:,.5~r}} {GOALS[front.goal].unit}"
    return {
        "type": "scatter",
        "mode": "markers",
        "name": label,
        "legendgroup": rule.variant.strategy,
        "marker": {
            "color": colour,
            "symbol": SYMBOL_BY_V2G[rule.variant.v2g],
            "size": 11,
            "line": {"width": 2, "color": colour},
        },
        "x": [rule.bill_mad],
        "y": [rule.goal],
        "hovertemplate": f"{values}<extra>{label}</extra>",
    }


def _layout(data: list[FigureDict], goal: str, _: Translator) -> FigureDict:
    xaxis = make_axis() | {"title": {"text": _(BILL_AXES[goal])}, "nticks": 5, "showgrid": True}
    yaxis = make_axis() | {"title": {"text": _(GOAL_AXES[goal])}, "nticks": 5}
    margin = {"l": 72, "r": 18, "t": 12, "b": 48}
    # The zoom is that of a goal: another one has other axes.
    return make_figure(
        data, height=HEIGHT_PX, margin=margin, xaxis=xaxis, yaxis=yaxis, hovermode="closest", uirevision=goal
    )
