"""Pictures of the pages at 19:00 of a run that goes on, for docs/pages.md: ``python -m tools.page_pictures``."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from bench.opening import NO_CHROMIUM, find_chromium
from bench.server import SERVER_HOST, run_server
from ev2gym_dashboard.web import ids

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pages"
WIDE: ViewportSize = {"width": 1366, "height": 1060}
PHONE: ViewportSize = {"width": 390, "height": 1060}
STEPS, TIME = 12, "19:00"
"""Steps from the start of the run, at 16:00, and the time after them."""
SETTLE_MS, PATIENCE_MS = 2500, 180_000
PAUSED = (
    "sessionStorage.setItem('playing', sessionStorage.getItem('playing') ?? 'false');"
    "localStorage.setItem('tour', 'shown');"
)
LOAD_ROWS = [f"2026-12-15T{hour:02d}:00:00Z;{4000 + 150 * hour}" for hour in range(24)]


def open_nothing(_page: Page) -> None:
    """Leave the page as it opens."""


def open_vehicle(page: Page) -> None:
    """Show the first vehicle of the list that gives back."""
    page.locator(f"#{ids.VEHICLES_ROWS} tr[data-mode=v2g] a").first.click()
    expect(page.locator(f"#{ids.VEHICLE_TITLE}")).not_to_be_empty()


def compare_strategies(page: Page) -> None:
    """Compare the strategies over a day and three seeds."""
    page.locator("label", has_text="Un jour").click()
    page.locator(f"#{ids.COMPARE_SEEDS}").fill("3")
    page.keyboard.press("Tab")
    page.wait_for_timeout(SETTLE_MS)
    page.locator(f"#{ids.COMPARE_START}").click()
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100", timeout=PATIENCE_MS)


def check_file(page: Page) -> None:
    """Choose a file of the load, which the dialog checks."""
    page.locator(f"#{ids.ADVANCED} > summary").click()
    page.locator(".form-group > summary", has_text="Bâtiment").click()
    path = Path(tempfile.mkdtemp()) / "atelier.csv"
    path.write_text("\n".join(["Horodate;Valeur (W)", *LOAD_ROWS]), encoding="utf-8")
    with page.expect_file_chooser() as chooser:
        page.get_by_label(re.compile("Charge du site sans VE")).focus()
        page.keyboard.press("Enter")
    chooser.value.set_files(path)
    expect(page.get_by_role("dialog")).to_be_visible()


@dataclass(frozen=True)
class Picture:
    """A picture: its file, the link that leads to its page, what is done there, size, colours and language."""

    name: str
    link: str = ""
    act: Callable[[Page], None] = open_nothing
    size: ViewportSize = field(default_factory=lambda: WIDE)
    dark: bool = False
    lang: str = "fr"
    plays: bool = True


PICTURES = (
    Picture("fleet"),
    Picture("vehicles", "Véhicules"),
    Picture("vehicle", "Véhicules", open_vehicle),
    Picture("site", "Site"),
    Picture("compare", "Comparer", compare_strategies, plays=False),
    Picture("scenarios", "Scénarios", plays=False),
    Picture("file", act=check_file),
    Picture("fleet-dark", dark=True, lang="en"),
    Picture("fleet-phone", size=PHONE),
    Picture("site-phone", "Site", size=PHONE, dark=True),
)


def take_picture(browser: Browser, address: str, picture: Picture, folder: Path) -> None:
    """Open the page of a picture at its time, and save what is in sight."""
    context = browser.new_context(
        viewport=picture.size, color_scheme="dark" if picture.dark else "light", reduced_motion="reduce"
    )
    context.add_init_script(PAUSED)
    page = context.new_page()
    page.goto(f"{address}?lang={picture.lang}")
    expect(page.locator(f"#{ids.CLOCK}")).not_to_be_empty()
    page.evaluate("n => { for (let k = 0; k < n; k++) dash_clientside.controls.step(); }", STEPS)
    expect(page.locator(f"#{ids.CLOCK}")).to_have_text(TIME)
    if picture.link:
        page.get_by_role("link", name=picture.link, exact=True).click()
        page.wait_for_timeout(SETTLE_MS)
    picture.act(page)
    if picture.plays:
        page.evaluate("dash_clientside.live.setPlaying(true)")
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=folder / f"{picture.name}.png")
    context.close()


def main(names: Sequence[str]) -> None:
    """Take the pictures with the given names, or all of them."""
    path = find_chromium()
    if path is None:
        sys.exit(NO_CHROMIUM)
    FOLDER.mkdir(exist_ok=True)
    with run_server(1) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for picture in PICTURES:
            if not names or picture.name in names:
                take_picture(browser, f"http://{SERVER_HOST}:{server.port}/", picture, FOLDER)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
