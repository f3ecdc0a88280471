"""A strategy that fails on the page: the reply says so in the language of the page, and the browser keeps its run."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from ev2gym_dashboard import Scenario, strategy
from ev2gym_dashboard.service.comparison.request import ComparisonRequest
from ev2gym_dashboard.service.jobs.job import FAILED, Job, encode_issues
from ev2gym_dashboard.service.sessions.cache import SessionCache
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run
from ev2gym_dashboard.strategies import StrategyError
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator, get_translator
from ev2gym_dashboard.web.pages.compare.texts import describe_job
from ev2gym_dashboard.web.requests.parsing import RequestOptions
from ev2gym_dashboard.web.requests.reply import build_reply
from tests.strategies.plugins import restore_strategies

RUN = RunSpec(Scenario(fleet_size=20, strategy="late"), step=2, session="test")


@pytest.fixture(autouse=True)
def late_strategy() -> Iterator[None]:
    with restore_strategies():

        @strategy(rule="Charges at once, and fails at 17:00.")
        def late(view: Any, params: Any) -> Any:
            return view.charge_to_soc(view.target_soc) if view.moment.hour_h < 17.0 else view.soc[:-1]

        yield


def ask(steps: int, lang: str, **more: Any) -> dict[str, Any]:
    cache = SessionCache()

    def render(run: RunSpec, _options: RequestOptions) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, {"step_shown": cache.get_fleet_view(run).run.step}

    request = {"number": 1, "lang": lang, "run": serialize_run(RUN), "steps": steps, **more}
    reply: dict[str, Any] = build_reply(request, "build", view_ids=(), render_page=render)[ids.REPLY]
    return reply


@pytest.mark.parametrize(
    ("lang", "sentence"), [("en", "it must return an array"), ("fr", "elle doit renvoyer un tableau")]
)
def test_the_reply_names_the_strategy_and_leaves_the_run_where_it_was(
    lang: str, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert ask(1, lang)["ok"]
    with caplog.at_level(logging.WARNING):
        reply = ask(4, lang)
    assert not reply["ok"]
    assert "run" not in reply
    (issue,) = reply["issues"]
    assert "late (test_strategy_error.py)" in issue["line"]
    assert sentence in issue["line"]
    assert "late (test_strategy_error.py)" in caplog.text


def test_the_run_goes_on_under_another_strategy() -> None:
    assert ask(4, "en", set={"strategy": "price"})["ok"]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_comparison_that_failed_tells_the_strategy(lang: str) -> None:
    _: Translator = get_translator(lang)
    with pytest.raises(StrategyError) as error:
        SessionCache().get_fleet_view(RunSpec(RUN.scenario, step=8, session="other"))
    job = Job(FAILED, error=encode_issues(error.value.issues))
    told = describe_job(job, ComparisonRequest(RUN.scenario, 1), _)
    assert "late (test_strategy_error.py)" in told
