"""Texts of a comparison: its scenario, its workload, its progress, and its conclusions."""

from __future__ import annotations

from ev2gym_dashboard.service.comparison.request import ComparisonRequest
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.comparison.runner import MAX_PLANNED_STEPS, list_left_out
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS
from ev2gym_dashboard.service.jobs.job import Job
from ev2gym_dashboard.service.scenarios.demand import has_demand_charge
from ev2gym_dashboard.service.scenarios.tariff import find_tariff, has_tiers
from ev2gym_dashboard.service.simulation.counterfactuals import BASELINE_STRATEGY
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.components.job_states import COMPARISON_TEXTS, describe_state
from ev2gym_dashboard.web.components.labels import TIERED_BILL_NOTE
from ev2gym_dashboard.web.components.tariff_notes import format_tariff_name
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.pages.compare import optimum, parts, table
from ev2gym_dashboard.web.pages.compare.objective import describe_prices

MAX_RIVALS = 2
PERIOD_LABELS = {"day": N_("A day"), "week": N_("A week"), "month": N_("A month")}
PLACE_PHRASES = {"home": N_("at home"), "public": N_("at public places"), "work": N_("at work")}
CONSTANT_CO2_NOTE = N_(
    "CO2: the factor is constant, so differences come from losses and stored energy alone; "
    "no strategy is better by CO2."
)


def describe_comparison(request: ComparisonRequest, _: Translator) -> str:
    """Return a sentence with the scenario of a comparison, and under tiers one on its bills."""
    scenario = request.scenario
    sentence = _(
        "{vehicles} ({catalog}) {place}, tariff {tariff}, from {start}, {days} d, first seed {seed}.",
        vehicles=_.plural("{count} vehicle", "{count} vehicles", scenario.fleet_size),
        catalog=_("your file") if scenario.catalog_spec else _(CATALOGS[scenario.catalog].label),
        place=", ".join(_(PLACE_PHRASES[place]) for place in scenario.places),
        tariff=format_tariff_name(find_tariff(scenario), _),
        start=f"{_.date(scenario.start_time)} {_.time(scenario.start_time)}",
        days=_.plain(scenario.days),
        seed=_.plain(scenario.seed),
    )
    notes = [_(TIERED_BILL_NOTE)] if has_tiers(scenario) else []
    return " ".join(filter(None, [sentence, *notes, describe_prices(scenario, _)]))


def describe_workload(request: ComparisonRequest, _: Translator) -> str:
    """Return the number of vehicle-steps to compute, its factors, and the strategies that are left out."""
    work = _(
        "Variants × seeds × steps × vehicles: {variants} × {seeds} × {steps} × {vehicles} = {work} vehicle-steps.",
        variants=request.n_variants,
        seeds=request.seeds,
        steps=_.number(request.scenario.n_steps),
        vehicles=_.number(request.scenario.fleet_size),
        work=_.number(request.vehicle_steps),
    )
    names = [_(STRATEGIES[key].name) for key in list_left_out(request.scenario)]
    if not names:
        return work
    left_out = _(
        "Left out, as it plans in every step: {names}. Up to {high} vehicle-steps of a run, it is compared too.",
        names=", ".join(names),
        high=_.number(MAX_PLANNED_STEPS),
    )
    return f"{work} {left_out}"


def describe_job(job: Job, request: ComparisonRequest, _: Translator) -> str:
    """Return the state of a job, and the remedy if it failed."""
    work, took = _.number(request.vehicle_steps), _.number(job.duration_s, 1)
    done = _("Done: {work} vehicle-steps in {took} s.", work=work, took=took)
    return describe_state(job, COMPARISON_TEXTS, _, done=done)


def describe_lowest_variants(comparison: Comparison, _: Translator) -> str:
    """Return the variants with the lowest total cost and the lowest peak, relative to uncontrolled charging."""
    total = _describe_lowest(comparison, "total_mad", _("Lowest total cost"), _)
    peak = _describe_lowest(comparison, "site_peak_kw", _("Lowest peak"), _)
    return f"{total} {peak}"


def list_conclusions(comparison: Comparison, _: Translator) -> list[str]:
    """Return failures, the distance to the optimum, power, the value of V2G, service, CO2, and certainty."""
    co2 = [] if comparison.co2_varies else [_(CONSTANT_CO2_NOTE)]
    power = [_describe_lowest(comparison, "needed_connection_kva", _("Lowest needed connection"), _)]
    if has_demand_charge(comparison.variants[0].scenario):
        power.append(_describe_lowest(comparison, "subscription_mad_year", _("Lowest cost of subscribed power"), _))
    parts_of_lowest = _describe_parts_of_lowest(comparison, _)
    service = _describe_service(comparison, _)
    v2g, certainty = _describe_v2g(comparison, _), _describe_certainty(comparison, _)
    possible = optimum.describe_optimum(comparison, _)
    return [*_list_failures(comparison, _), possible, *parts_of_lowest, *power, v2g, service, *co2, certainty]


def _list_failures(comparison: Comparison, _: Translator) -> list[str]:
    # Variants of a strategy fail alike, as a rule.
    reasons = dict.fromkeys(table.describe_failure(failure, _) for failure in comparison.failures)
    return [_("Without a result: {reason}", reason=reason) for reason in reasons]


def _describe_parts_of_lowest(comparison: Comparison, _: Translator) -> list[str]:
    best = comparison.best["total_mad"]
    k = comparison.labels.index(best[0]) if best else 0
    # The differences of the baseline are zero.
    return [] if comparison.variants[k].strategy == BASELINE_STRATEGY else [parts.describe_parts(comparison, k, _)]


def _describe_lowest(comparison: Comparison, name: str, quantity: str, _: Translator) -> str:
    best = comparison.best[name]
    if not best:
        return _(
            "{quantity}: open, because the batteries still owe energy worth more than a tenth of the difference.",
            quantity=quantity,
        )
    if len(best) == len(comparison.labels):
        return _("{quantity}: the same for all variants.", quantity=quantity)
    k = comparison.labels.index(best[0])
    rivals = _describe_rivals(comparison, name, _)
    return f"{_describe_variant(comparison, k, name, quantity, _)}{rivals}"


def _describe_rivals(comparison: Comparison, name: str, _: Translator) -> str:
    """Return the variants that are as good as the best up to chance, at most two of them; an empty text without any."""
    labels = comparison.rivals[name]
    rivals = [table.format_variant_label(comparison, comparison.labels.index(label), _) for label in labels]
    if not rivals:
        return ""
    shown = " · ".join(rivals[:MAX_RIVALS]) + (" · …" if len(rivals) > MAX_RIVALS else "")
    return " " + _("Not significantly lower than: {rivals}.", rivals=shown)


def _describe_variant(comparison: Comparison, k: int, name: str, quantity: str, _: Translator) -> str:
    value = _format_mean(comparison, k, name, _)
    if comparison.variants[k].strategy == BASELINE_STRATEGY:
        return _("{quantity}: uncontrolled charging, {value}.", quantity=quantity, value=value)
    digits = table.compute_digits(comparison)[name]
    word, _tone = table.describe_difference(comparison, k, name, _)
    return _(
        "{quantity}: {label}, {value} ({change} {unit} relative to uncontrolled{certainty}).",
        quantity=quantity,
        label=table.format_variant_label(comparison, k, _),
        value=value,
        change=table.format_kpi_difference(name, float(comparison.difference.iloc[k][name]), digits, _),
        unit=table.get_kpi_unit(name),
        certainty=f", {word}" if word else "",
    )


def _describe_v2g(comparison: Comparison, _: Translator) -> str:
    net_mad = comparison.mean["v2g_net_mad"].to_numpy()
    # Without any V2G energy the net value is 0, which means nothing.
    with_v2g = [k for k in range(len(comparison.variants)) if comparison.mean["v2g_kwh"].iloc[k] > 0.0]
    if not with_v2g:
        return _("V2G: no strategy requested it here, or no vehicle could discharge.")
    k = max(with_v2g, key=lambda index: float(net_mad[index]))
    if comparison.open["v2g_net_mad"].iloc[k]:
        return _("V2G: open, because the batteries still owe energy worth more than a tenth of its net value.")
    return _(
        _choose_v2g_verdict(net_mad[k], float(comparison.interval["v2g_net_mad"].iloc[k])),
        value=_format_mean(comparison, k, "v2g_net_mad", _),
        label=table.format_variant_label(comparison, k, _),
    )


def _choose_v2g_verdict(net_mad: float, half_width_mad: float) -> str:
    if net_mad <= 0.0:
        return N_("V2G is not profitable under any strategy after losses and wear: at best {value} ({label}).")
    # False for one seed, whose interval is NaN.
    if net_mad <= half_width_mad:
        return N_("V2G: at best {value} ({label}), but its 95% confidence interval contains 0.")
    return N_("V2G has its highest value under {label}: {value}, after losses and wear.")


def _describe_service(comparison: Comparison, _: Translator) -> str:
    k = int(comparison.mean["unserved_kwh"].to_numpy().argmax())
    share = float(comparison.mean["share_at_target"].min())
    if table.is_equal_to_baseline(comparison, k, "unserved_kwh"):
        return _("Service: no strategy leaves more energy unserved than uncontrolled charging.")
    return _(
        "Service: {label} leaves the most energy unserved, {value}; at least {share} of departures reach the target.",
        label=table.format_variant_label(comparison, k, _),
        value=_format_mean(comparison, k, "unserved_kwh", _),
        share=_.percent(share, 1),
    )


def _describe_certainty(comparison: Comparison, _: Translator) -> str:
    n = len(comparison.seeds)
    if n < 2:
        return _("One seed: no interval can be computed, and differences may be due to chance.")
    return _(
        "± is half the 95% confidence interval over {n} seeds; “better” and “worse” mean that the interval of the "
        "difference excludes 0.",
        n=n,
    )


def _format_mean(comparison: Comparison, k: int, name: str, _: Translator) -> str:
    digits = table.compute_digits(comparison)[name]
    return table.format_kpi(name, float(comparison.mean.iloc[k][name]), digits, _)
