"""Pictures of the pages at 19:00 of a run that goes on, for docs/pages.md: ``python -m tools.page_pictures``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from bench.opening import NO_CHROMIUM, find_chromium
from bench.server import SERVER_HOST, run_server
from ev2gym_dashboard.web import ids
from tools import picture_actions as do

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pages"
WIDE: ViewportSize = {"width": 1366, "height": 1060}
TABLET: ViewportSize = {"width": 768, "height": 1060}
PHONE: ViewportSize = {"width": 390, "height": 1060}
NARROW: ViewportSize = {"width": 320, "height": 1060}
SCREEN: ViewportSize = {"width": 1920, "height": 1080}
SHEET: ViewportSize = {"width": 794, "height": 1123}
PRINT: ViewportSize = {"width": 703, "height": 1032}
"""A sheet of A4 at 96 pixels per inch, and what its margins leave of it."""
LOCALES = {"fr": "fr-FR", "en": "en-GB", "ar": "ar-MA"}
"""Language and region of the browser, by the language of the page."""
DRAWN = """[...document.querySelectorAll("[role=figure]")].every((figure) =>
  figure.querySelector(".main-svg :is(.trace, .slice)") ||
  !figure.checkVisibility() || figure.getBoundingClientRect().top > innerHeight
)"""
"""Whether the charts in sight have their values."""
STEPS, TIME = 12, "19:00"
"""Steps from the start of the run, at 16:00, and the time after them."""
SETTLE_MS = 2500
PAUSED = (
    "sessionStorage.setItem('playing', sessionStorage.getItem('playing') ?? 'false');"
    "localStorage.setItem('tour', 'shown');"
)


@dataclass(frozen=True)
class Picture:
    """A picture: its file, the address of its page, what is done there, size, colours and language."""

    name: str
    address: str = ""
    act: do.Action = do.open_nothing
    size: ViewportSize = field(default_factory=lambda: WIDE)
    dark: bool = False
    lang: str = "fr"
    plays: bool = True


open_help = partial(do.open_fold, name=ids.HELP)
PICTURES = (
    Picture("fleet"),
    Picture("fleet-dark", dark=True, lang="en"),
    Picture("fleet-phone", size=PHONE),
    Picture("fleet-tablet", size=TABLET),
    Picture("fleet-narrow", size=NARROW),
    Picture("fleet-screen", size=SCREEN, dark=True),
    Picture("fleet-arabic", lang="ar"),
    Picture("fleet-arabic-phone", size=PHONE, dark=True, lang="ar"),
    Picture("past", act=do.go_back, plays=False),
    Picture("alternative", act=do.choose_alternative),
    Picture("events", act=do.show_events),
    Picture("models", act=do.show_details, plays=False),
    Picture("vehicles", "vehicles"),
    Picture("vehicles-phone", "vehicles", size=PHONE),
    Picture("vehicle", "vehicles", do.open_vehicle),
    Picture("decision", "vehicles", do.decide, plays=False),
    Picture("site", "site"),
    Picture("site-phone", "site", size=PHONE, dark=True),
    Picture("report", "report", do.show_sheet, size=SHEET, plays=False),
    Picture("print", act=do.print_page, size=PRINT, plays=False),
    Picture("compare-empty", "compare", plays=False),
    Picture("compare-busy", "compare", do.compare_long, plays=False),
    Picture("compare", "compare", do.compare_strategies, plays=False),
    Picture("compare-tablet", "compare", do.compare_strategies, size=TABLET, dark=True, plays=False),
    Picture("scenarios", "scenarios", plays=False),
    Picture("draft", act=do.leave_draft, plays=False),
    Picture("tour", act=do.start_tour, plays=False),
    Picture("help", act=open_help, size=PHONE, plays=False),
    Picture("definition", act=do.define_tile, plays=False),
    Picture("glossary", "glossary", plays=False),
    Picture("about", "about", plays=False),
    Picture("file", act=do.choose_file(do.GOOD_FILE)),
    Picture("file-refused", act=do.choose_file(do.BAD_FILE)),
    Picture("field-refused", act=do.mistype, plays=False),
    Picture("loading", act=do.open_slowly, plays=False),
    Picture("busy", act=do.compute_long, plays=False),
    Picture("reconnecting", act=do.lose_server, plays=False),
    Picture("missing", "nowhere", plays=False),
)


def open_context(browser: Browser, picture: Picture) -> BrowserContext:
    """Return a browser of the size, colours and language of a picture."""
    context = browser.new_context(
        viewport=picture.size,
        color_scheme="dark" if picture.dark else "light",
        locale=LOCALES[picture.lang],
        reduced_motion="reduce",
        # The wait for the charts is a script in a string, which the page does not allow.
        bypass_csp=True,
    )
    context.add_init_script(PAUSED)
    return context


def open_run(page: Page, address: str, lang: str) -> None:
    """Open the page of the fleet and advance its run."""
    page.goto(f"{address}?lang={lang}")
    expect(page.locator(f"#{ids.CLOCK}")).not_to_be_empty()
    page.evaluate("n => { for (let k = 0; k < n; k++) dash_clientside.controls.step(); }", STEPS)
    expect(page.locator(f"#{ids.CLOCK}")).to_have_text(TIME)


def take_picture(browser: Browser, address: str, picture: Picture, folder: Path) -> None:
    """Open the page of a picture at its time, and save what is in sight."""
    context = open_context(browser, picture)
    page = context.new_page()
    open_run(page, address, picture.lang)
    if picture.address:
        page.goto(f"{address}{picture.address}?lang={picture.lang}")
    page.wait_for_timeout(SETTLE_MS)
    page.wait_for_function(DRAWN, timeout=do.PATIENCE_MS)
    picture.act(page)
    if picture.plays:
        page.evaluate("dash_clientside.live.setPlaying(true)")
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=folder / f"{picture.name}.png")
    page.unroute_all(behavior="ignoreErrors")
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
