"""The page below a path of another site, behind a real nginx: nothing that it asks for or leads to leaves it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from bench.services import find_free_port
from ev2gym_dashboard.web import ids
from tests.browser.conftest import served
from tests.browser.dashboard import PAUSED, VIEWPORT, Dashboard, watched_page
from tests.docs.test_deploy import fill_example, require_programs, run_nginx

PREFIX = "/fleet/"
SITE = "server {{ listen 127.0.0.1:{port}; {locations} }}"


@pytest.fixture(scope="module")
def prefixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page at a path of another site."""
    folder, port = tmp_path_factory.mktemp("prefix"), find_free_port()
    settings = {"EV2GYM_DASHBOARD_PROXY": "1", "EV2GYM_DASHBOARD_PREFIX": PREFIX}
    with served(folder, **settings) as address:
        locations = fill_example("nginx-path.conf", **{"127.0.0.1:8888/": address.removeprefix("http://")})
        with run_nginx(SITE.format(port=port, locations=locations), port, folder / "nginx"):
            yield f"http://127.0.0.1:{port}{PREFIX}"


@pytest.fixture(scope="module")
def below(browser: Browser, prefixed: str) -> Iterator[Dashboard]:
    """A page at a path, for all tests, in a profile of its own; all that is asked for must begin with its address."""
    context = browser.new_context(viewport=VIEWPORT, reduced_motion="reduce", color_scheme="light", locale="fr-FR")
    context.add_init_script(PAUSED)
    dashboard = watched_page(context, prefixed)
    yield dashboard.open("?lang=fr")
    context.close()
    assert (dashboard.console, dashboard.foreign) == ([], [])


def address(dashboard: Dashboard) -> tuple[str, str]:
    parts = urlsplit(dashboard.page.url)
    return parts.path, parts.query


@require_programs("nginx")
def test_below_a_path_the_page_lives_and_all_its_ways_stay_there(below: Dashboard) -> None:
    below.step(2)
    below.page.get_by_role("link", name="Site", exact=True).click()
    expect(below.at(ids.SITE_LOAD)).to_be_visible()
    assert address(below) == (PREFIX + "site", "lang=fr")
    below.ready().step()
    below.page.get_by_role("link", name="Comparer", exact=True).click()
    expect(below.at(ids.COMPARE_WORKLOAD)).to_contain_text("=")
    assert address(below) == (PREFIX + "compare", "lang=fr")
    below.page.get_by_role("link", name="Flotte", exact=True).click()
    expect(below.at(ids.TOP_MODELS)).to_be_visible()
    assert address(below) == (PREFIX, "lang=fr")
    below.ready().step()
    below.page.get_by_role("link", name="EN", exact=True).click()
    expect(below.page.get_by_role("link", name="Fleet", exact=True)).to_be_visible()
    assert address(below) == (PREFIX, "lang=en")
    below.at(ids.THEME).click()
    below.at(ids.THEME).click()
    expect(below.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    below.page.reload()
    assert below.ready().clock() == "17:00"
    expect(below.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    below.open_missing("nowhere?lang=en")
    below.page.get_by_role("link", name="Back to the fleet").click()
    assert below.ready().clock() == "17:00"
    assert address(below)[0] == PREFIX


@require_programs("nginx")
def test_a_link_from_below_a_path_opens_there(below: Dashboard) -> None:
    below.page.get_by_role("link", name="EN", exact=True).click()
    expect(below.page.get_by_role("link", name="Fleet", exact=True)).to_be_visible()
    below.ready().begin_again().jump(5)
    below.page.locator(f"#{ids.SHARE} summary").click()
    below.at(ids.SHARE_LINK).click()
    expect(below.at(ids.SHARE_TEXT)).to_have_value(re.compile(f"^{below.address}.*#run="))
    link = below.at(ids.SHARE_TEXT).input_value()
    theirs = watched_page(below.page.context, below.address)
    theirs.page.goto(link)
    expect(theirs.at(ids.STATUS)).to_have_text("Paused · Run opened.")
    assert theirs.clock() == "17:15"
    assert (theirs.console, theirs.foreign) == ([], [])
