"""What a comparison says: what is compared, how far it is, and the conclusion that its numbers carry."""

from __future__ import annotations

from ev2gym_dashboard.service.comparison.request import ComparisonRequest
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS
from ev2gym_dashboard.service.jobs.queue import CANCELLED, DONE, FAILED, RUNNING, WAITING, WORKER_LOST, Job
from ev2gym_dashboard.service.scenarios.tariff import find_tariff
from ev2gym_dashboard.web.i18n import N_, Translator
from ev2gym_dashboard.web.pages.compare import table

PERIOD_LABELS = {"day": N_("A day"), "week": N_("A week"), "month": N_("A month")}
PLACE_PHRASES = {"home": N_("at home"), "public": N_("at public places"), "work": N_("at work")}
FAILURE_MESSAGES = {
    "file": N_("The server cannot keep comparisons just now; its operator has to look at its state folder."),
    WORKER_LOST: N_(
        "The computation ended three times before it was done, perhaps for want of memory: choose fewer vehicles, days "
        "or seeds, then compare again."
    ),
    "error": N_("The computation failed; the server's log says why. Choose another scenario, or compare again."),
}


def describe_comparison(duel: ComparisonRequest, _: Translator) -> str:
    """Return in a sentence what is compared."""
    scenario = duel.scenario
    return _(
        "{vehicles} vehicles ({catalog}) {place}, tariff {tariff}, from {start} on, {days} d, first seed {seed}.",
        vehicles=_.number(scenario.fleet_size),
        catalog=_("a file of yours") if scenario.catalog_spec else _(CATALOGS[scenario.catalog].label),
        place=_(PLACE_PHRASES[scenario.place]),
        tariff=_(find_tariff(scenario).name),
        start=f"{_.date(scenario.start_time)} {_.time(scenario.start_time)}",
        days=_.plain(scenario.days),
        seed=_.plain(scenario.seed),
    )


def describe_workload(duel: ComparisonRequest, _: Translator) -> str:
    """Return how much there is to compute."""
    return _(
        "{plays} runs × {seeds} seeds × {steps} steps × {vehicles} vehicles = {work} vehicle-steps.",
        plays=duel.n_variants,
        seeds=duel.seeds,
        steps=_.number(duel.scenario.n_steps),
        vehicles=_.number(duel.scenario.fleet_size),
        work=_.number(duel.vehicle_steps),
    )


def describe_job(job: Job, duel: ComparisonRequest, _: Translator) -> str:
    """Return how a job stands, and what can be done where it failed."""
    if job.state == WAITING:
        return _("Waiting: {n} before you", n=job.n_ahead) if job.n_ahead else _("Starting…")
    if job.state == RUNNING:
        return _("Computing: {share}", share=_.percent(job.share))
    if job.state == DONE:
        work, took = _.number(duel.vehicle_steps), _.number(job.duration_s, 1)
        return _("Done: {work} vehicle-steps in {took} s.", work=work, took=took)
    if job.state == CANCELLED:
        return _("Cancelled: nothing was kept. Compare again whenever you like.")
    return _(FAILURE_MESSAGES.get(job.error, FAILURE_MESSAGES["error"])) if job.state == FAILED else ""


def describe_lowest_variants(comparison: Comparison, _: Translator) -> str:
    """Return what has the lowest bill and what the lowest peak, against charging at once."""
    return " ".join(
        [
            _describe_lowest(comparison, "cost_mad", _("Lowest bill"), _),
            _describe_lowest(comparison, "site_peak_kw", _("Lowest peak"), _),
        ]
    )


def list_conclusions(comparison: Comparison, _: Translator) -> list[str]:
    """Return what V2G is worth, who is served worse, and how sure all that is."""
    return [_describe_v2g(comparison, _), _describe_service(comparison, _), _describe_certainty(comparison, _)]


def _describe_lowest(comparison: Comparison, name: str, what: str, _: Translator) -> str:
    best = comparison.best[name]
    k = comparison.labels.index(best[0])
    digits = table.compute_digits(comparison)[name]
    label = table.format_variant_label(comparison, k, _)
    if len(best) == len(comparison.labels):
        return _("{what}: the same for all.", what=what)
    if comparison.variants[k].strategy == "uncontrolled":
        return _("{what}: uncontrolled charging, {value}.", what=what, value=_format_mean(comparison, k, name, _))
    change = table.format_kpi_difference(name, float(comparison.difference.iloc[k][name]), digits, _)
    word, _tone = table.describe_difference(comparison, k, name, _)
    return _(
        "{what}: {label}, {value} ({change} {unit} than uncontrolled{certainty}).",
        what=what,
        label=label,
        value=_format_mean(comparison, k, name, _),
        change=change,
        unit=table.get_kpi_unit(name),
        certainty=f", {word}" if word else "",
    )


def _describe_v2g(comparison: Comparison, _: Translator) -> str:
    net = comparison.mean["v2g_net_mad"].to_numpy()
    with_v2g = [k for k, c in enumerate(comparison.variants) if c.v2g]
    k = max(with_v2g, key=lambda one: float(net[one]))
    label, value = table.format_variant_label(comparison, k, _), _format_mean(comparison, k, "v2g_net_mad", _)
    half = float(comparison.interval["v2g_net_mad"].iloc[k])
    if not comparison.mean["v2g_kwh"].iloc[with_v2g].any():
        return _("V2G: no strategy ever called for it here, or no vehicle could give any.")
    if net[k] <= 0.0:
        return _(
            "V2G pays under no strategy, losses and wear counted: at best {value} ({label}).", value=value, label=label
        )
    if half == half and net[k] <= half:  # noqa: PLR0124 (NaN is not itself)
        return _("V2G: at best {value} ({label}), but its 95 % interval holds 0.", value=value, label=label)
    return _("V2G is worth most under {label}: {value}, losses and wear counted.", value=value, label=label)


def _describe_service(comparison: Comparison, _: Translator) -> str:
    k = int(comparison.mean["unserved_kwh"].to_numpy().argmax())
    share = float(comparison.mean["share_at_target"].min())
    if table.describe_difference(comparison, k, "unserved_kwh", _)[0] == _("equal"):
        return _("Service: no strategy leaves more energy unserved than charging at once.")
    return _(
        "Service: most energy stays unserved under {label}, {value}; at least {share} of departures are at target.",
        label=table.format_variant_label(comparison, k, _),
        value=_format_mean(comparison, k, "unserved_kwh", _),
        share=_.percent(share, 1),
    )


def _describe_certainty(comparison: Comparison, _: Translator) -> str:
    n = len(comparison.seeds)
    if n < 2:
        return _("One seed: no interval can be given, and a difference may be chance.")
    return _(
        "± is half the 95 % interval over {n} seeds; better or worse is said where that of the difference excludes 0.",
        n=n,
    )


def _format_mean(comparison: Comparison, k: int, name: str, _: Translator) -> str:
    digits = table.compute_digits(comparison)[name]
    return table.format_kpi(name, float(comparison.mean.iloc[k][name]), digits, _)
