"""The way of a user to the page of the site, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.profile import parse_profile_value
from ev2gym_dashboard.service.scenarios.contents import DIGEST_KEY, compute_digest
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.share_link import encode_share_link
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.pages.site.figures import SHADOW_PRICE_INDEX
from tests.browser.dashboard import PAUSED, Dashboard, open_tab, watch
from tests.browser.test_sight import wait_for_charts

LOAD = "base_load_profile"
DONE_MS = 400_000
"""The queue runs at the lowest priority: on a busy machine a job waits for all else."""
NUMBERS = ".tile dt, .tile dd, .balance td, .balance th, .bill td, .verdict"
SMALL_RUN = encode_share_link(RunSpec(Scenario(fleet_size=5, timestep_min=60), (), 3))


@contextmanager
def kept_page(opener: Page, address: str) -> Iterator[Dashboard]:
    """A page that stands at its first step, for tests to follow each other on, as a load takes half of their time."""
    dashboard = watch(open_tab(opener), address)
    dashboard.page.add_init_script(PAUSED)
    yield dashboard
    dashboard.page.close()
    opener.context.clear_cookies()
    assert (dashboard.console, dashboard.foreign) == ([], [])


@pytest.fixture(scope="module")
def site(opener: Page, address: str) -> Iterator[Dashboard]:
    """The site in French, which the last test of its file leaves in English."""
    with kept_page(opener, address) as dashboard:
        yield dashboard.open("site?lang=fr")


def test_the_same_run_goes_on_at_the_site_and_back(running: Dashboard) -> None:
    running.open("?lang=fr")
    running.at(ids.SPEED).select_option("60")
    expect(running.at(ids.CLOCK)).not_to_have_text("16:00")
    session = running.answered_run()["session"]
    running.page.get_by_role("link", name="Site").click()
    cost = running.at(ids.make_bill_id("total", "cost"))
    expect(cost).not_to_be_empty()
    before = cost.inner_text()
    expect(cost).not_to_have_text(before)
    expect(running.page.locator(f"#{ids.SITE_LOAD} .scatterlayer .trace")).to_have_count(9)
    running.page.get_by_role("link", name="EN", exact=True).click()
    expect(running.page.get_by_role("heading", name="Is V2G profitable?")).to_be_visible()
    assert running.page.url.endswith("/site?lang=en")
    running.at(ids.PAUSE).click()
    expect(running.at(ids.STATUS)).to_contain_text("Paused")
    step = running.answered_run()["step"]
    running.page.get_by_role("link", name="Fleet").click()
    expect(running.at(ids.make_tile_id("vehicles"))).to_have_text("1,000")
    assert running.answered_run()["step"] >= step
    assert running.answered_run()["session"] == session


def test_a_conclusion_on_the_site_is_shown_with_its_parts(site: Dashboard) -> None:
    site.begin_again().jump(30)
    assert site.list_clipped(NUMBERS) == []
    for heading in ("Coût complet depuis le départ", "Valeur du V2G", "Pointe et raccordement", "Puissance souscrite"):
        expect(site.page.get_by_role("heading", name=heading)).to_be_visible()
    verdict = site.at(ids.make_balance_id("verdict", "uncontrolled"))
    expect(verdict).to_have_text(re.compile("^(moins cher|plus cher|identique|ouvert)$"))
    expect(site.at(ids.SITE_SUBSCRIPTION_NOTE)).to_contain_text("Puissance souscrite")


def test_the_optimum_so_far_is_computed_while_the_run_goes_on(site: Dashboard) -> None:
    site.begin_again().jump(8)
    panel = site.at(ids.OPTIMUM)
    expect(panel).to_have_attribute("data-state", "idle")
    site.at(ids.OPTIMUM_START).click()
    site.step()
    expect(panel).to_have_attribute("data-state", "done", timeout=90_000)
    expect(site.at(ids.OPTIMUM_STATUS)).to_contain_text("18:00")
    expect(site.at(ids.make_optimum_id("bound", "value"))).not_to_be_empty()
    # The result belongs to its run, and comes back with the page.
    site.page.get_by_role("link", name="Flotte", exact=True).click()
    site.page.get_by_role("link", name="Site", exact=True).click()
    expect(panel).to_have_attribute("data-state", "done")
    # 8 steps, and the end of the last one.
    site.until_drawn(ids.SITE_LOAD, 9, trace=SHADOW_PRICE_INDEX)
    site.at(ids.RESET).click()
    expect(panel).to_have_attribute("data-state", "idle")
    site.until_drawn(ids.SITE_LOAD, 0, trace=SHADOW_PRICE_INDEX)


def test_an_event_now_dips_the_limit_and_the_run_stays_where_it_is(site: Dashboard) -> None:
    site.begin_again().jump(12)
    site.at(ids.EVENT).focus()
    site.page.keyboard.press("Enter")
    expect(site.at(ids.EVENT_NOTE)).to_contain_text("Effacement à partir du mar. 15 déc. 2026 19:00")
    assert site.answered_run()["step"] == 12
    site.jump(4)
    limits = site.until_drawn(ids.SITE_LOAD, 17, trace=6).evaluate("graph => graph.data[6].y")
    assert limits[-1] < limits[0]


def test_a_better_threshold_is_one_click_away(site: Dashboard) -> None:
    site.begin_again().at(ids.STRATEGY).select_option("price")
    site.unfold_settings()
    site.page.get_by_role("combobox", name="Tarif", exact=True).select_option("mt_general")
    site.at(ids.APPLY).click()
    expect(site.at(ids.SITE_THRESHOLD)).to_contain_text("ne dépasse jamais le seuil")
    site.at(ids.SITE_OFFER).click()
    expect(site.at(ids.SITE_OFFER)).to_be_hidden()
    assert site.answered_run()["changes"][-1]["params"]["price.price_threshold_mad_kwh"] < 1.4157


def test_a_file_of_load_is_refused_taken_kept_removed_and_not_sent_if_too_long(site: Dashboard, tmp_path: Path) -> None:
    hours = [f"{hour:02d}:00;{500 + hour}" for hour in range(24)]
    file = tmp_path / "jour.csv"
    file.write_text("\n".join([*hours[:5], "05:00;beaucoup", "06:00", *hours[7:]]), encoding="utf-8")
    answer_file_dialogs(site.begin_again(), file).jump(8)
    site.unfold_settings()
    text, remove = site.at(ids.make_file_text_id(LOAD)), site.at(ids.make_remove_file_id(LOAD))
    expect(text).to_contain_text("Aucun fichier")
    expect(remove).to_be_hidden()

    choose_by_keyboard(site)
    issues = site.at(ids.REVIEW_ISSUES)
    expect(issues).to_contain_text("Le fichier ne peut pas servir tel quel")
    expect(issues).to_contain_text(re.compile("ligne 6.*beaucoup.*ligne 7.*pas de valeur", re.DOTALL))
    expect(site.at(ids.REVIEW_CONFIRM)).to_be_disabled()
    site.page.keyboard.press("Escape")
    expect(site.at(ids.REVIEW)).to_be_hidden()
    assert site.answered_run()["step"] == 8
    assert site.answered_run()["scenario"]["base_load_profile"] == []

    file.write_text("heure;kW\n" + "\n".join(hours), encoding="utf-8")
    choose_by_keyboard(site)
    confirm_file(site)
    expect(text).to_have_text("jour.csv\u00a0: 1 j par pas de 60 min, de 500 à 523 kW")
    site.until_step(0)
    day = parse_profile_value([500.0 + hour for hour in range(24)])
    assert site.answered_run()["scenario"]["base_load_profile"] == {DIGEST_KEY: compute_digest(day)}

    site.page.get_by_role("link", name="EN", exact=True).click()
    expect(text).to_have_text("jour.csv: 1 d in steps of 60 min, from 500 to 523 kW")
    site.page.reload()
    expect(text).to_have_text("jour.csv: 1 d in steps of 60 min, from 500 to 523 kW")
    site.unfold_settings()
    remove.focus()
    site.page.keyboard.press("Enter")
    expect(text).to_contain_text("No file")
    expect(remove).to_be_hidden()
    assert site.answered_run()["scenario"]["base_load_profile"] == []

    file.write_text("x" * 7_000_000, encoding="utf-8")
    choose_by_keyboard(site)
    expect(issues).to_contain_text("must not be longer than 6,000,000 bytes")
    expect(site.at(ids.REVIEW_CONFIRM)).to_be_disabled()


def answer_file_dialogs(dashboard: Dashboard, path: Path) -> Dashboard:
    """Choose a file in every dialog; listened for before the page opens, as a dialog may be faster."""
    dashboard.page.on("filechooser", lambda dialog: dialog.set_files(path))
    return dashboard


def choose_by_keyboard(dashboard: Dashboard, label: str = "Charge du site sans VE|Site load without EVs") -> None:
    dashboard.page.get_by_label(re.compile(label)).focus()
    dashboard.page.keyboard.press("Enter")


def confirm_file(dashboard: Dashboard) -> None:
    """Use the file of the open dialog as it is read."""
    expect(dashboard.at(ids.REVIEW_CONFIRM)).to_be_enabled()
    dashboard.at(ids.REVIEW_CONFIRM).press("Enter")
    expect(dashboard.at(ids.REVIEW)).to_be_hidden()


def test_every_conclusion_fits_on_a_phone_which_scrolls_only_down_and_axe_finds_nothing(phone: Dashboard) -> None:
    phone.open("site?lang=fr").jump(30)
    for width in (390, 320):
        phone.page.set_viewport_size({"width": width, "height": 700})
        wait_for_charts(phone)
        assert phone.page.evaluate("document.documentElement.scrollWidth") == width
        assert phone.list_clipped(NUMBERS) == []
    heights = "[...document.querySelectorAll('main section')].map(e => e.getBoundingClientRect().height)"
    before = phone.page.evaluate(heights)
    phone.jump(4)
    assert phone.page.evaluate(heights) == before

    phone.page.set_viewport_size({"width": 390, "height": 844})
    phone.unfold_settings()
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
    for theme in ("light", "dark"):
        phone.page.emulate_media(color_scheme=theme)
        expect(phone.page.locator("html")).to_have_attribute("data-bs-theme", theme)
        found = Axe().run(phone.page)
        assert found.violations_count == 0, found.generate_report()


def click_amid_tick(dashboard: Dashboard, button: str) -> None:
    dashboard.page.evaluate(
        """([timer, button]) => {
          dash_clientside.set_props(timer, {n_intervals: 99});
          document.getElementById(button).click();
          dash_clientside.set_props(timer, {n_intervals: 100});
        }""",
        [ids.FLEXIBILITY_TIMER, button],
    )


def test_the_flexibility_is_drawn_for_each_time_and_comes_back_with_the_page(dashboard: Dashboard) -> None:
    dashboard.open(f"site?lang=fr#run={SMALL_RUN}")
    page, summary = dashboard.page, dashboard.at(ids.FLEXIBILITY_SUMMARY)
    expect(dashboard.at(ids.CLOCK)).to_have_text("19:00")
    expect(dashboard.at(ids.FLEXIBILITY_FIGURE)).to_be_hidden()
    click_amid_tick(dashboard, ids.FLEXIBILITY_START)
    expect(dashboard.at(ids.FLEXIBILITY_START)).to_be_disabled()
    click_amid_tick(dashboard, ids.FLEXIBILITY_CANCEL)
    expect(dashboard.at(ids.FLEXIBILITY_STATUS)).to_contain_text("Annulé")
    dashboard.at(ids.FLEXIBILITY_START).click()
    # The run goes on meanwhile.
    dashboard.step()
    expect(summary).to_contain_text("À 19:00, pour 1\u00a0h", timeout=DONE_MS)
    expect(dashboard.at(ids.FLEXIBILITY_STATUS)).to_contain_text("20 jours tirés")
    dashboard.until_drawn(ids.FLEXIBILITY_FIGURE, 25)
    page.locator(f"#{ids.FLEXIBILITY_DURATION} label", has_text="15\u00a0min").click()
    expect(summary).to_contain_text("choisissez-en une autre")
    page.locator(f"#{ids.FLEXIBILITY_DURATION} label", has_text="4\u00a0h").click()
    expect(summary).to_contain_text("pour 4\u00a0h")
    page.reload()
    expect(summary).to_contain_text("pour 4\u00a0h")
    dashboard.until_drawn(ids.FLEXIBILITY_FIGURE, 25, trace=1)
    assert dashboard.list_cut_numbers() == []
