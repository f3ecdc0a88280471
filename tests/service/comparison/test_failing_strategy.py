"""A plug-in that fails: its rows say why, and the other rows are those of a comparison without it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ev2gym_dashboard import Scenario, StrategyError, compare, strategy
from ev2gym_dashboard.cli.main import main
from ev2gym_dashboard.service.comparison.request import (
    decode_comparison,
    encode_comparison,
    make_comparison_request,
)
from ev2gym_dashboard.service.comparison.result import Comparison
from ev2gym_dashboard.service.comparison.runner import run_comparison
from ev2gym_dashboard.service.reports.html_report import render_comparison_report
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.i18n import get_translator
from ev2gym_dashboard.web.pages.compare.table import build_comparison_rows
from ev2gym_dashboard.web.pages.compare.texts import list_conclusions
from tests.strategies.plugins import restore_strategies

SITE = Scenario(fleet_size=10, days=0.25, timestep_min=60)


def raise_error(view: Any) -> Any:
    raise ZeroDivisionError("no sun")


def leave(view: Any) -> Any:
    raise SystemExit(3)


FAULTS: dict[str, Callable[[Any], Any]] = {
    "numbers that it returned are NaN": lambda view: view.soc * np.nan,
    "must return an array of shape": lambda view: np.zeros(view.soc.size + 1),
    "must return an array of numbers": str,
    "ZeroDivisionError: no sun": raise_error,
    "SystemExit: 3": leave,
}


@pytest.fixture(autouse=True)
def clean_table() -> Iterator[None]:
    with restore_strategies():
        yield


@pytest.fixture(scope="module")
def before() -> Comparison:
    """Return the comparison without a plug-in, for all of which it is the same."""
    return run_comparison(SITE, seeds=2)


def register(fault: Callable[[Any], Any], *, from_hour: float = 0.0) -> None:
    @strategy(rule="Fails in the evening.")
    def faulty(view: Any, params: Any) -> Any:
        return view.charge_to_soc(view.target_soc) if view.moment.hour_h < from_hour else fault(view)


@pytest.mark.parametrize("message", FAULTS)
@pytest.mark.parametrize("from_hour", [0.0, 18.0])
def test_only_its_own_rows_fail_and_say_why(message: str, from_hour: float, before: Comparison) -> None:
    register(FAULTS[message], from_hour=from_hour)
    comparison = run_comparison(SITE, seeds=2)
    assert [failure.variant.strategy for failure in comparison.failures] == ["faulty"] * len(comparison.failures)
    assert len(comparison.failures) == len([key for key in comparison.table["strategy"] if key == "faulty"]) > 0
    for failure in comparison.failures:
        assert message in failure.error
        assert "faulty (test_failing_strategy.py" in failure.error
    assert comparison.labels == before.labels
    assert np.array_equal(comparison.kpi_values, before.kpi_values)
    table = comparison.table
    failed = table[table["error"] != ""]
    assert failed["total_mad"].isna().all()
    assert table[table["error"] == ""].drop(columns="error").equals(before.table)


def test_a_comparison_of_nothing_else_fails() -> None:
    register(raise_error)
    with pytest.raises(StrategyError, match="no sun"):
        compare([Scenario(strategy="faulty", fleet_size=10, days=0.25)])


def test_a_fault_with_v2g_alone_leaves_the_row_without_it() -> None:
    @strategy(rule="Fails where it discharges.", params=STRATEGIES["price"].params)
    def gives(view: Any, params: Any) -> Any:
        return raise_error(view) if view.discharge_limit_kw.any() else view.charge_to_soc(view.target_soc)

    comparison = run_comparison(SITE)
    assert [(failure.variant.strategy, failure.variant.v2g) for failure in comparison.failures] == [("gives", True)]
    assert ("gives", False) in [(variant.strategy, variant.v2g) for variant in comparison.variants]


def test_the_page_shows_the_others_and_the_reason_in_both_languages() -> None:
    register(FAULTS["numbers that it returned are NaN"])
    request = make_comparison_request(Scenario(fleet_size=10, timestep_min=60), "day", 1)
    comparison = decode_comparison(request, encode_comparison(run_comparison(request.scenario)))
    assert comparison.failures
    for lang, failed, sentence in (("en", "failed", "Without a result: "), ("fr", "en échec", "Sans résultat\u00a0: ")):
        _ = get_translator(lang)
        rows = build_comparison_rows(comparison, _)
        assert len({row["id"] for row in rows}) == len(rows) == len(comparison.variants) + len(comparison.failures)
        assert rows[-1]["note"] == failed
        assert "faulty (test_failing_strategy.py)" in rows[-1]["error"]
        assert rows[-1]["total_mad_text"] == "–"
        assert json.dumps(rows, allow_nan=False)
        first, *_others = list_conclusions(comparison, _)
        assert first.startswith(sentence)


def test_the_report_says_which_variants_failed() -> None:
    register(raise_error)
    report = render_comparison_report(run_comparison(SITE))
    assert "Variants that failed" in report
    assert "ZeroDivisionError: no sun" in report


CODE = """
from ev2gym_dashboard import strategy

@strategy()
def mine(view, params):
    \"\"\"Divides by the sun.\"\"\"
    return 1 / 0
"""
SMALL_RUN = ("--fleet-size", "20", "--days", "0.25", "--timestep-min", "60")
SWEEP = """
[base]
fleet_size = 20
days = 0.25
timestep_min = 60

[grid]
strategy = ["mine", "price"]
"""


def test_the_command_prints_the_other_rows_and_ends_with_the_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(CODE, encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(
            [
                "compare",
                "--strategy-file",
                str(file),
                "--fleet-size",
                "20",
                "--days",
                "0.25",
                "--timestep-min",
                "60",
                "--json",
            ]
        )
    told = capsys.readouterr()
    assert end.value.code == 1
    assert len(told.err.strip().splitlines()) == 1
    assert "mine (mine.py, line 7): ZeroDivisionError" in told.err
    rows = json.loads(told.out)["kpis"].values()
    assert {row["strategy"] for row in rows} == set(STRATEGIES)
    assert all((row["total_mad"] is None) == (row["strategy"] == "mine") for row in rows)
    assert {row["error"] != "" for row in rows if row["strategy"] == "mine"} == {True}


def test_a_sweep_keeps_the_rows_of_the_other_strategies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, sweep = tmp_path / "mine.py", tmp_path / "sweep.toml"
    file.write_text(CODE, encoding="utf-8")
    sweep.write_text(
        '[base]\nfleet_size = 20\ndays = 0.25\ntimestep_min = 60\n\n[grid]\nstrategy = ["mine", "price"]\n',
        encoding="utf-8",
    )
    out = tmp_path / "rows"
    with pytest.raises(SystemExit) as end:
        main(["sweep", str(sweep), "--strategy-file", str(file), "--out", str(out), "--workers", "1"])
    assert end.value.code == 1
    assert "1 failed" in "".join(capsys.readouterr())
