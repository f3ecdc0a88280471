"""Host, port, workers and threads come from options, the environment or the defaults."""

from __future__ import annotations

import pytest

from ev2gym_dashboard.core.schema import Invalid
from ev2gym_dashboard.service.serving import Serving, serving_from


def test_nothing_said_serves_on_loopback_port_8888_with_one_worker() -> None:
    serving = serving_from({})
    assert serving.bind == "127.0.0.1:8888"
    assert serving.workers == 1


def test_each_variable_sets_its_field() -> None:
    environment = {
        "EV2GYM_DASHBOARD_HOST": "0.0.0.0",
        "EV2GYM_DASHBOARD_PORT": "9000",
        "EV2GYM_DASHBOARD_WORKERS": "3",
        "EV2GYM_DASHBOARD_THREADS": "5",
    }
    assert serving_from(environment) == Serving(host="0.0.0.0", port=9000, workers=3, threads=5)


def test_an_option_wins_over_its_variable() -> None:
    assert serving_from({"EV2GYM_DASHBOARD_PORT": "9000"}, {"port": "9001"}).port == 9001


def test_an_option_that_was_not_given_leaves_the_variable() -> None:
    assert serving_from({"EV2GYM_DASHBOARD_PORT": "9000"}, {"port": None}).port == 9000


def test_an_empty_variable_counts_as_unset() -> None:
    assert serving_from({"EV2GYM_DASHBOARD_HOST": "", "EV2GYM_DASHBOARD_PORT": ""}) == Serving()


def test_what_a_serving_tells_its_environment_is_read_back() -> None:
    serving = Serving(host="::1", port=9000, workers=3, threads=5)
    assert serving_from(serving.environment) == serving


def test_an_address_with_colons_is_bound_in_brackets() -> None:
    assert Serving(host="::1").bind == "[::1]:8888"


@pytest.mark.parametrize("port", ["70000", "-1", "http", "88.5", "1e3", " "])
def test_a_wrong_port_is_refused_under_the_name_of_its_source(port: str) -> None:
    with pytest.raises(Invalid) as by_option:
        serving_from({}, {"port": port})
    assert [issue.field for issue in by_option.value.issues] == ["--port"]
    with pytest.raises(Invalid) as by_variable:
        serving_from({"EV2GYM_DASHBOARD_PORT": port})
    assert [issue.field for issue in by_variable.value.issues] == ["EV2GYM_DASHBOARD_PORT"]


def test_every_wrong_value_is_told_at_once() -> None:
    with pytest.raises(Invalid) as wrong:
        serving_from({"EV2GYM_DASHBOARD_WORKERS": "0"}, {"port": "none", "threads": "9999"})
    assert [issue.field for issue in wrong.value.issues] == ["--port", "EV2GYM_DASHBOARD_WORKERS", "--threads"]
