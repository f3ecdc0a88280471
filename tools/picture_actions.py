"""Actions before a picture of a page: each brings an open page into the state that its picture shows."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from playwright.sync_api import Locator, Page, Route, expect

from ev2gym_dashboard.web import ids

PATIENCE_MS = 180_000
REPLIES, HEALTH = "**/_dash-update-component*", "**/healthz"
V2G_MIN_SOC = "grid_support.v2g_min_soc"
LOAD_ROWS = [f"2026-12-15T{hour:02d}:00:00Z;{4000 + 150 * hour}" for hour in range(24)]
GOOD_FILE, BAD_FILE = "\n".join(["Horodate;Valeur (W)", *LOAD_ROWS]), "Horodate;Valeur (W)\nlundi;beaucoup"

Action = Callable[[Page], None]


def open_nothing(_page: Page) -> None:
    """Leave the page as it opens."""


def find_field(page: Page, name: str) -> Locator:
    """Return the field of a quantity of the form."""
    return page.locator(f'[id=\'{{"name":"{name}","type":"field"}}\']')


def open_fold(page: Page, *, name: str) -> None:
    """Open a menu or a fold by its id."""
    page.locator(f"#{name} > summary").click()


def open_group(page: Page, title: str) -> None:
    """Open the settings and one of their groups."""
    open_fold(page, name=ids.ADVANCED)
    page.locator(".form-group > summary", has_text=title).click()


def hold(route: Route) -> None:
    """Leave a request about the run without a reply; the others pass."""
    if f"..{ids.REPLY}.data" not in (route.request.post_data or ""):
        route.continue_()


def refuse(route: Route) -> None:
    """Answer a request as a server that is away."""
    route.abort()


def hold_replies(page: Page) -> None:
    """Leave the requests about the run without a reply, while the server is there."""
    page.route(REPLIES, hold)


def open_slowly(page: Page) -> None:
    """Open the page again with its run, on a server that does not reply yet."""
    hold_replies(page)
    page.reload()
    expect(page.locator(f"#{ids.STEP}")).to_be_visible()


def compute_long(page: Page) -> None:
    """Ask for a step that the server takes long to compute."""
    hold_replies(page)
    page.locator(f"#{ids.STEP}").click()
    expect(page.locator(f"#{ids.STATUS}")).to_contain_text("Calcul")


def lose_server(page: Page) -> None:
    """Ask for a step while the server is away."""
    page.route(HEALTH, refuse)
    page.route(REPLIES, refuse)
    page.locator(f"#{ids.STEP}").click()
    expect(page.locator(f"#{ids.STATUS}")).to_contain_text("Reconnexion")


def go_back(page: Page) -> None:
    """Show the state of the run at 17:30."""
    page.locator(f"#{ids.CURSOR}").get_by_role("slider").fill("6")
    expect(page.locator(f"#{ids.CURSOR_BACK}")).to_be_visible()


def choose_alternative(page: Page) -> None:
    """Compare the run live with uncontrolled charging."""
    page.locator(f"#{ids.ALTERNATIVE}").select_option("uncontrolled")
    expect(page.locator(f"#{ids.make_tile_difference_id('net')}")).to_contain_text("kW")


def show_events(page: Page) -> None:
    """Bring the event log into sight."""
    page.locator(f"#{ids.EVENTS_ROWS} tr").first.wait_for()
    page.locator(f"#{ids.EVENTS}").evaluate("log => log.scrollIntoView({block: 'center'})")


def show_details(page: Page) -> None:
    """Bring the table of the models and its neighbours into sight, with a model chosen."""
    frame = page.locator(f"#{ids.make_grid_frame_id(ids.TABLE)}")
    frame.evaluate("frame => frame.scrollIntoView({block: 'start'})")
    page.locator(f"#{ids.TABLE} .ag-center-cols-container .ag-row [col-id=battery_kwh]").first.click()


def mistype(page: Page) -> None:
    """Enter a SOC of 140 %."""
    open_group(page, "Support réseau")
    find_field(page, V2G_MIN_SOC).fill("140")
    page.keyboard.press("Tab")
    find_field(page, V2G_MIN_SOC).evaluate("field => field.scrollIntoView({block: 'center'})")


def leave_draft(page: Page) -> None:
    """Open a run of the gallery with a setting typed and not applied."""
    find_field(page, "limit_kw_per_vehicle").fill("5")
    page.keyboard.press("Tab")
    page.get_by_role("link", name="Scénarios", exact=True).click()
    page.get_by_role("link", name=re.compile("Bornes rares")).click()
    expect(page.locator(f"#{ids.DRAFT_DIALOG}")).to_be_visible()


def start_tour(page: Page) -> None:
    """Begin the tour, and go on to its second step."""
    open_fold(page, name=ids.HELP)
    page.locator(".tour-link").click()
    page.locator(f"#{ids.TOUR_NEXT}").click()


def define_tile(page: Page) -> None:
    """Ask for the definition of a tile."""
    page.locator(f".tile:has(#{ids.make_tile_id('net')}) .define").click()
    expect(page.locator(".bubble")).to_be_visible()


def open_vehicle(page: Page) -> None:
    """Show the first vehicle of the list that gives back."""
    page.locator(f"#{ids.VEHICLES_ROWS} tr[data-mode=v2g] a").first.click()
    expect(page.locator(f"#{ids.VEHICLE_TITLE}")).not_to_be_empty()


def decide(page: Page) -> None:
    """Let a vehicle that gives back charge now, and leave at 06:30."""
    open_vehicle(page)
    group = page.locator(f"#{ids.VEHICLE_DECIDE}")
    group.get_by_role("button", name="Recharger maintenant").click()
    page.locator(f"#{ids.VEHICLE_LEAVE} input").fill("06:30")
    group.get_by_role("button", name=re.compile("Fixer")).click()
    expect(page.locator(f"#{ids.VEHICLE_DECIDED}")).to_contain_text("06:30")


def choose_comparison(page: Page, *, period: str, seeds: int) -> None:
    """Start a comparison."""
    page.locator("label", has_text=period).click()
    page.locator(f"#{ids.COMPARE_SEEDS}").fill(str(seeds))
    page.keyboard.press("Tab")
    expect(page.locator(f"#{ids.COMPARE_WORKLOAD}")).to_contain_text(f"× {seeds} ×")
    page.locator(f"#{ids.COMPARE_START}").click()


def compare_strategies(page: Page) -> None:
    """Compare the strategies over a day and three seeds."""
    choose_comparison(page, period="Un jour", seeds=3)
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100", timeout=PATIENCE_MS)


def compare_long(page: Page) -> None:
    """Be in the midst of a comparison over a month."""
    choose_comparison(page, period="Un mois", seeds=5)
    expect(page.locator(f"#{ids.COMPARE_STATUS}")).to_contain_text("Calcul")


def choose_file(text: str) -> Action:
    """Return the action of choosing a file of the load with some text, which the dialog checks."""
    return partial(_choose_file, text=text)


def _choose_file(page: Page, *, text: str) -> None:
    open_group(page, "Bâtiment")
    path = Path(tempfile.mkdtemp()) / "atelier.csv"
    path.write_text(text, encoding="utf-8")
    with page.expect_file_chooser() as chooser:
        page.get_by_label(re.compile("Charge du site sans VE")).focus()
        page.keyboard.press("Enter")
    chooser.value.set_files(path)
    expect(page.get_by_role("dialog")).to_be_visible()


def show_sheet(page: Page) -> None:
    """Bring the sheet of the report into sight."""
    page.locator(".sheet").evaluate("sheet => sheet.scrollIntoView()")


def print_page(page: Page) -> None:
    """Show the page as it is printed."""
    page.emulate_media(media="print")
    expect(page.locator("html.printing")).to_be_attached()
