"""Result of a comparison: KPIs by variant and seed, their means, intervals and differences, and load curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.kpis import KPIS, RAW_PREFIX, Kpi
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.comparison.optimum import ComparisonOptimum, compute_distances
from ev2gym_dashboard.service.comparison.statistics import compute_ci95_half_width, find_best, find_pareto_front
from ev2gym_dashboard.service.simulation.end_settlement import MAX_OWED_SHARE

COMPARISON_KPIS: dict[str, Kpi] = {name: kpi for name, kpi in KPIS.items() if kpi.compared}
"""Columns of a comparison."""

OPTIMUM_COLUMNS = ("above_optimum", "captured_share")
ROUNDING_SHARE = 1e-9
"""Share of a KPI below which a difference is rounding."""
TRADE_OFF_KPIS = ("total_mad", "site_peak_kw")
"""Axes of the trade-off and of its Pareto front."""

OWED_BY_KPI = {name: kpi.owed for name, kpi in COMPARISON_KPIS.items() if kpi.owed}
"""KPI of the energy owed at the end that is added to a KPI in differences."""


@dataclass(frozen=True)
class Variant:
    """Label and scenario of a row of a comparison; the comparison's seeds replace the scenario's."""

    label: str
    scenario: Scenario

    @property
    def strategy(self) -> str:
        return self.scenario.strategy

    @property
    def v2g(self) -> bool:
        return self.scenario.v2g


@dataclass(frozen=True)
class FailedVariant:
    """A variant whose strategy ended a run, with the issues that name it."""

    variant: Variant
    issues: tuple[Issue, ...]

    @property
    def error(self) -> str:
        """The sentence, in English."""
        return " ".join(map(str, self.issues))


@dataclass(frozen=True, eq=False)
class Comparison:
    """KPIs and load curves of all variants.

    Parameters
    ----------
    scenarios : those that were requested
    variants : in the order of the rows, without those that failed
    seeds : common to all variants
    kpi_values : (variants, seeds, KPIs), in the order of `COMPARISON_KPIS`
    baseline_values : the same of the baseline strategy on the fleet, site, arrivals and seed of each variant
    times : UTC times of the points of the load curves
    net_load_kw : load at the meter under the first seed, (variants, points); a point is the mean of several steps
    failures : variants without KPIs, because their strategy failed
    optima : what is possible on the arrivals of each seed, if it was asked for
    """

    scenarios: tuple[Scenario, ...]
    variants: tuple[Variant, ...]
    seeds: tuple[int, ...]
    kpi_values: Floats
    baseline_values: Floats
    times: pd.DatetimeIndex
    net_load_kw: Floats
    failures: tuple[FailedVariant, ...] = ()
    optima: tuple[ComparisonOptimum, ...] = ()

    @property
    def labels(self) -> list[str]:
        return [variant.label for variant in self.variants]

    @property
    def mean(self) -> pd.DataFrame:
        """Mean of each KPI over the seeds, a row per variant."""
        return self._make_frame(self.kpi_values.mean(axis=1))

    @property
    def interval(self) -> pd.DataFrame:
        """Half the 95 % interval of each mean; NaN for one seed."""
        return self._make_frame(compute_ci95_half_width(self.kpi_values))

    @property
    def difference(self) -> pd.DataFrame:
        """Mean difference of each KPI, with its owed energy, to the baseline on the same arrivals and seed."""
        return self._make_frame(self._differences.mean(axis=1))

    @property
    def difference_interval(self) -> pd.DataFrame:
        """Half the 95 % interval of each difference, paired by seed; NaN for one seed."""
        return self._make_frame(compute_ci95_half_width(self._differences))

    @property
    def raw_difference(self) -> pd.DataFrame:
        """The mean differences without the energy owed at the end."""
        return self._make_frame((self.kpi_values - self.baseline_values).mean(axis=1))

    @property
    def open(self) -> pd.DataFrame:
        """Whether what is owed at the end is too much of a difference, or of the value of V2G, to judge it."""
        claimed = self.difference.assign(v2g_net_mad=self.mean["v2g_net_mad"])
        owed = claimed - self.raw_difference
        owed["total_mad"] = self.raw_difference["owed_mad"] + self.raw_difference["owed_wear_mad"]
        owed["v2g_net_mad"] = self.mean["v2g_stored_mad"] - self.mean["v2g_owed_wear_mad"]
        return (owed.abs() > MAX_OWED_SHARE * claimed.abs()) & (owed.abs() > self._rounding)

    @property
    def significant(self) -> pd.DataFrame:
        """Whether the 95 % interval of a difference excludes 0 and it is not open; always false for one seed."""
        # NaN compares as false, which makes the interval of one seed insignificant.
        return (self.difference.abs() - self.difference_interval > self._rounding) & ~self.open

    @property
    def co2_varies(self) -> bool:
        """Whether the CO2 factor depends on the time in every scenario."""
        return all(scenario.co2_varies for scenario in self.scenarios)

    @property
    def better(self) -> dict[str, str]:
        """Direction that is better by KPI, as declared, under the CO2 factor of the scenarios."""
        return {name: kpi.choose_better(co2_varies=self.co2_varies) for name, kpi in COMPARISON_KPIS.items()}

    # Kept: a table reads these for each of its cells, and the numbers of a comparison do not change.
    @cached_property
    def best(self) -> dict[str, list[str]]:
        """Labels of the best variants by KPI, by the mean with the energy owed at the end; none that is open."""
        mean, is_open_by_label = self._make_frame(_add_owed(self.kpi_values).mean(axis=1)), self.open
        best = {
            name: [self.labels[k] for k in find_best(mean[name].to_numpy(), better)]
            for name, better in self.better.items()
        }
        return {
            name: [label for label in labels if not is_open_by_label.loc[label, name]] for name, labels in best.items()
        }

    @cached_property
    def rivals(self) -> dict[str, list[str]]:
        """Labels whose paired difference from the best variant lies within its 95 % interval; none for one seed."""
        return {name: self._find_rivals(name, labels) if labels else [] for name, labels in self.best.items()}

    @cached_property
    def certain_best(self) -> dict[str, list[str]]:
        """The best variants without rivals."""
        rivals = self.rivals
        return {name: [] if rivals[name] else labels for name, labels in self.best.items()}

    def _find_rivals(self, name: str, best: list[str]) -> list[str]:
        values = _add_owed(self.kpi_values)[..., list(COMPARISON_KPIS).index(name)]
        difference = values - values[self.labels.index(best[0])]
        # NaN compares as false: one seed gives no interval, and no rivals.
        is_rival = np.abs(difference.mean(axis=1)) <= compute_ci95_half_width(difference)
        return [label for label, flag in zip(self.labels, is_rival, strict=True) if flag and label not in best]

    @cached_property
    def distances(self) -> pd.DataFrame:
        """Mean distance of each variant to the optimum over the seeds, as `OPTIMUM_COLUMNS`; without any, no columns.

        Both follow from the proven bounds: ``above_optimum`` is as much at most, ``captured_share`` at least.
        """
        index = pd.Index(self.labels, name="variant")
        if not self.optima:
            return pd.DataFrame(index=index)
        by_seed = [
            compute_distances(optimum, self.kpi_values[:, k], self.baseline_values[:, k])
            for k, optimum in enumerate(self.optima)
        ]
        return pd.DataFrame(dict(zip(OPTIMUM_COLUMNS, np.mean(by_seed, axis=0), strict=True)), index=index)

    @property
    def pareto(self) -> list[str]:
        """Labels of the variants on the Pareto front of total cost and peak."""
        return [self.labels[k] for k in find_pareto_front(self.mean[list(TRADE_OFF_KPIS)].to_numpy())]

    @property
    def table(self) -> pd.DataFrame:
        """A row per variant: strategy, V2G switch, and each KPI with its interval, its difference and that interval.

        Variants that failed come last, without KPIs; the column ``error``, which is there for them alone, says why.
        """
        identity = _identify(self.variants)
        statistics = {
            "": self.mean,
            "_ci95": self.interval,
            "_vs_uncontrolled": self.difference,
            "_vs_uncontrolled_ci95": self.difference_interval,
        }
        columns = {f"{name}{suffix}": frame[name] for name in COMPARISON_KPIS for suffix, frame in statistics.items()}
        raw = {f"{RAW_PREFIX}{name}_vs_uncontrolled": self.raw_difference[name] for name in OWED_BY_KPI}
        # In one piece: hundreds of columns added one by one would fragment the frame.
        table = pd.concat([identity, pd.DataFrame(columns | raw)], axis=1)
        table = table.assign(open=self.open["total_mad"], pareto=[label in self.pareto for label in self.labels])
        table = table.join(self.distances)
        if not self.failures:
            return table
        failed = _identify([failure.variant for failure in self.failures])
        failed = failed.assign(open=False, pareto=False, error=[failure.error for failure in self.failures])
        return pd.concat([table.assign(error=""), failed])

    @property
    def runs(self) -> pd.DataFrame:
        """A row per variant and seed, with its KPIs."""
        index = pd.MultiIndex.from_product([self.labels, self.seeds], names=["variant", "seed"])
        return pd.DataFrame(self.kpi_values.reshape(len(index), -1), index=index, columns=list(COMPARISON_KPIS))

    @property
    def load(self) -> pd.DataFrame:
        """Load curves under the first seed [kW], a column per variant."""
        return pd.DataFrame(self.net_load_kw.T, index=self.times, columns=self.labels)

    @property
    def _differences(self) -> Floats:
        return _add_owed(self.kpi_values) - _add_owed(self.baseline_values)

    @property
    def _rounding(self) -> pd.Series:
        return self.mean.abs().max() * ROUNDING_SHARE

    def _make_frame(self, values: Floats) -> pd.DataFrame:
        return pd.DataFrame(values, index=pd.Index(self.labels, name="variant"), columns=list(COMPARISON_KPIS))

    def _repr_html_(self) -> str:
        return str(self.mean.style.format(precision=2).to_html())


def _identify(variants: Sequence[Variant]) -> pd.DataFrame:
    index = pd.Index([variant.label for variant in variants], name="variant")
    return pd.DataFrame({"strategy": [v.strategy for v in variants], "v2g": [v.v2g for v in variants]}, index=index)


def _add_owed(kpi_values: Floats) -> Floats:
    """Return KPIs (..., KPIs) with their shares in the energy owed at the end."""
    names, values = list(COMPARISON_KPIS), kpi_values.copy()
    for name, owed in OWED_BY_KPI.items():
        values[..., names.index(name)] += kpi_values[..., names.index(owed)]
    return values
