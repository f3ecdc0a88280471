"""Configuration of gunicorn: a worker is warm, and its heap frozen, before it answers anybody."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import Flask

from ev2gym_dashboard.core.schema import Issue
from ev2gym_dashboard.service.server import gunicorn_conf, health


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def start_worker() -> None:
    application = Flask("page")
    application.add_url_rule("/", view_func=lambda: "the page")
    gunicorn_conf.post_worker_init(
        SimpleNamespace(wsgi=application, log=logging.getLogger("worker"), notify=lambda: None)
    )


def test_a_ready_worker_collects_no_object_that_was_there_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "warm_up_server", list)
    start_worker()
    n_seen = len(gc.get_objects())
    assert gc.get_freeze_count() > 10 * n_seen


def test_a_worker_tells_what_is_not_ready(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(health, "warm_up_server", lambda: [Issue("catalog", "is damaged")])
    with caplog.at_level(logging.INFO):
        start_worker()
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert "Ready (the page answers 200)" in caplog.text


def test_the_parent_imports_the_libraries_that_its_workers_share_and_freezes_them() -> None:
    gunicorn_conf.when_ready(None)
    assert set(gunicorn_conf.SHARED_MODULES) <= sys.modules.keys()
    assert gc.get_freeze_count() > 0


def test_the_collector_rests_only_while_a_worker_imports_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "warm_up_server", list)
    gunicorn_conf.post_fork(None, None)
    assert not gc.isenabled()
    start_worker()
    assert gc.isenabled()
