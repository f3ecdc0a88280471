"""Same numbers: a scenario has the same KPIs on the page, the command line, in Python and on a Dask cluster."""

from __future__ import annotations

import json

import pytest

from ev2gym_dashboard import Scenario, cli, simulate
from ev2gym_dashboard.service.execution.dask_cluster import connect_scheduler, make_cluster_pool
from ev2gym_dashboard.service.sessions.process_cache import get_session_cache
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run
from ev2gym_dashboard.service.sweeps.runner import simulate_sites
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import get_translator
from ev2gym_dashboard.web.pages.live.callbacks import build_live_reply
from tests.service.execution.cluster import open_local_cluster

SCENARIO = Scenario(fleet_size=120, days=1.0, strategy="price", seed=4)


@pytest.fixture(scope="module")
def kpis() -> dict[str, float]:
    return simulate(SCENARIO).kpis


def test_the_command_line_prints_the_kpis_of_python(kpis: dict[str, float], capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--fleet-size", "120", "--strategy", "price", "--seed", "4", "--json"]
    cli.main(["simulate", *options])
    assert json.loads(capsys.readouterr().out)["kpis"] == kpis


def test_two_workers_of_a_cluster_give_them(kpis: dict[str, float]) -> None:
    with (
        open_local_cluster(2) as cluster,
        connect_scheduler(cluster.scheduler_address) as client,
    ):
        assert simulate_sites(SCENARIO, 1, pool=make_cluster_pool(client)).kpis == kpis


def test_the_live_run_has_them_after_as_many_steps(kpis: dict[str, float]) -> None:
    run = RunSpec(SCENARIO, (), SCENARIO.n_steps)
    assert get_session_cache().render_view(run, lambda _, runs: runs.result().kpis) == kpis


def test_the_page_shows_them(kpis: dict[str, float]) -> None:
    request = {"number": 1, "lang": "en", "run": serialize_run(RunSpec(SCENARIO, (), SCENARIO.n_steps))}
    texts = build_live_reply(request, "build")[ids.REPLY]["texts"]
    assert kpis["v2g_kwh"] > 0.0
    for term, kpi in {"grid_in_kwh": "g2v_kwh", "grid_out_kwh": "v2g_kwh"}.items():
        assert texts[ids.make_ledger_id(term)] == get_translator("en").with_unit(kpis[kpi], "kWh", 1)
