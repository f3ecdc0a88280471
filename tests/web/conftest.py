"""Fixtures of the page: views of a small run in the evening, translators, the application and its client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dash import Dash
from flask.testing import FlaskClient

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.fleet_view import FleetView
from ev2gym_dashboard.service.sessions.process_cache import get_fleet_view
from ev2gym_dashboard.service.sessions.run_spec import Change, RunSpec
from ev2gym_dashboard.web.app import create_app
from ev2gym_dashboard.web.i18n import Translator, get_translator

SCENARIO = Scenario(fleet_size=400)


@pytest.fixture(scope="session")
def view() -> FleetView:
    """The fleet at 18:45, in the V2G window, after two changes of the V2G switch."""
    changes = (Change(2, (("v2g", False),)), Change(4, (("v2g", True),)))
    return get_fleet_view(RunSpec(SCENARIO, changes, 11))


@pytest.fixture(scope="session")
def first_view() -> FleetView:
    return get_fleet_view(RunSpec(SCENARIO))


@pytest.fixture
def french() -> Translator:
    return get_translator("fr")


@pytest.fixture
def english() -> Translator:
    return get_translator("en")


@pytest.fixture
def arabic() -> Translator:
    return get_translator("ar")


@pytest.fixture(scope="session")
def app() -> Dash:
    return create_app()


@pytest.fixture
def client(app: Dash) -> Iterator[FlaskClient]:
    with app.server.test_client() as client:
        yield client
