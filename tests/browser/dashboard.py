"""The page as tests work with it: found by id, role and text, in a tab that notes console and requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, ViewportSize, expect

from ev2gym_dashboard.web import ids

NO_TOUR = """localStorage.setItem("tour", "shown");"""
PAUSED = """
localStorage.setItem("tour", "shown");
if (!sessionStorage.getItem("playing")) {
  sessionStorage.setItem("playing", "false");
  sessionStorage.setItem("playing-timestamp", "1");
}
"""
CUT_NUMBERS = """() => {
  const isCut = (text, box) => text.right > box.right + 1 || text.left < box.left - 1;
  function findCutter(text, element) {
    // Within a drawing, only the drawing as a whole cuts.
    const drawing = element.closest("svg");
    if (drawing && isCut(text, drawing.getBoundingClientRect())) return drawing;
    for (let box = drawing || element; box && box !== document.body; box = box.parentElement) {
      const {display, overflowX} = getComputedStyle(box);
      if (["inline", "contents"].includes(display) || overflowX === "visible") continue;
      if (["auto", "scroll"].includes(overflowX) || box.matches(".ag-header-viewport")) return null;
      if (isCut(text, box.getBoundingClientRect())) return box;
    }
    return isCut(text, {left: 0, right: innerWidth}) ? document.body : null;
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  const cut = [];
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!/[0-9]/.test(node.data) || parent.closest(".visually-hidden, script, style")) continue;
    if (!parent.checkVisibility({visibilityProperty: true})) continue;
    range.selectNodeContents(node);
    const box = findCutter(range.getBoundingClientRect(), parent);
    if (box) cut.push(`${node.data} in ${box.id || box.getAttribute("class")}`);
  }
  return cut;
}"""
GLANCE_AT_TABLE = """async (id) => {
  const {scrollY} = window, frame = () => new Promise(requestAnimationFrame);
  document.getElementById(id).scrollIntoView();
  for (let k = 0; k < 3; k++) await frame();
  window.scrollTo(0, scrollY);
}"""
STEP_AT_ONCE = """async (n) => {
  // Dash hears of a click or a choice, which came first, in a later task.
  for (let k = 0; k < 3; k++) await new Promise((resolve) => { setTimeout(resolve); });
  for (let k = 0; k < n; k++) dash_clientside.controls.step();
}"""
TICKS = "**/_dash-update-component*"
VIEWPORT: ViewportSize = {"width": 1366, "height": 768}
expect.set_options(timeout=30_000)


@dataclass
class Dashboard:
    """The page as a user works with it, found by id, role and text."""

    page: Page
    address: str
    console: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def open_missing(self, address: str) -> None:
        """Open an address without a page, of which the browser tells in the console."""
        reply = self.page.goto(self.address + address)
        assert reply is not None
        assert reply.status == 404
        expect(self.page.get_by_role("heading", level=2)).to_be_visible()
        assert ["404" in line for line in self.console] == [True]
        self.console.clear()

    def open(self, search: str = "?lang=fr") -> Dashboard:
        self.page.goto(self.address + search)
        return self.ready()

    def ready(self) -> Dashboard:
        expect(self.at(ids.CLOCK)).not_to_be_empty()
        return self

    def show_table(self) -> Dashboard:
        """Bring the table of the fleet into sight, and wait until it is loaded."""
        self.at(ids.make_grid_frame_id(ids.TABLE)).evaluate("frame => frame.scrollIntoView({block: 'center'})")
        expect(self.page.locator(f"#{ids.TABLE} .ag-center-cols-container .ag-row").first).to_be_visible()
        return self

    def load_table(self) -> Dashboard:
        """Bring the table of the fleet near the window, so that it is loaded, and the window back to its place."""
        self.page.evaluate(GLANCE_AT_TABLE, ids.make_grid_frame_id(ids.TABLE))
        return self

    def unfold_settings(self) -> None:
        """Open the settings and all of their groups."""
        if not self.at(ids.ADVANCED).evaluate("fold => fold.open"):
            self.page.locator(f"#{ids.ADVANCED} > summary").click()
        self.page.locator(".form-group").evaluate_all("groups => groups.forEach((group) => { group.open = true; })")

    def at(self, name: str) -> Any:
        return self.page.locator(f"#{name}")

    def clock(self) -> str:
        return str(self.at(ids.CLOCK).inner_text())

    def step(self, n: int = 1) -> Dashboard:
        for _ in range(n):
            before = self.clock()
            self.at(ids.STEP).click()
            expect(self.at(ids.CLOCK)).not_to_have_text(before)
        return self

    def jump(self, n: int) -> Dashboard:
        """Go n steps on at once: those asked for while a request is on its way go together into the next."""
        step = self.answered_run()["step"] + n
        self.page.evaluate(STEP_AT_ONCE, n)
        return self.until_step(step)

    def begin_again(self) -> Dashboard:
        """Begin the run again; its new session tells when the page shows it, at whatever step it has been."""
        session = self.answered_run()["session"]
        self.at(ids.RESET).click()
        self.page.wait_for_function(
            "session => JSON.parse(sessionStorage.getItem('run')).session !== session", arg=session
        )
        return self.until_step(0)

    def until_step(self, step: int) -> Dashboard:
        start = datetime.fromisoformat(self.answered_run()["scenario"]["start"])
        minutes = step * self.answered_run()["scenario"]["timestep_min"]
        expect(self.at(ids.CLOCK)).to_have_text((start + timedelta(minutes=minutes)).strftime("%H:%M"))
        return self

    def until_drawn(self, chart: str, n_points: int, *, trace: int = 0) -> Any:
        """Wait until a series of a chart has some points, which it gets in a task after the texts; return its chart."""
        self.page.wait_for_function(
            "([id, trace, n]) => document.querySelector(`#${id} .js-plotly-plot`)?.data?.[trace]?.y.length === n",
            arg=[chart, trace, n_points],
        )
        return self.page.locator(f"#{chart} .js-plotly-plot")

    def figure(self, key: str) -> int:
        text = self.at(ids.make_tile_id(key)).inner_text()
        return int("".join(sign for sign in text if sign.isdigit()))

    def column(self, key: str) -> list[str]:
        cells = self.page.locator(f"#{ids.TABLE} .ag-row [col-id={key}]")
        rows = [
            (row.evaluate("e => Number(e.closest('.ag-row').getAttribute('row-index'))"), row.inner_text())
            for row in cells.all()
        ]
        return [text for _index, text in sorted(rows)]

    def list_clipped(self, selector: str) -> list[str]:
        """Return the texts that do not fit into their element or the screen."""
        clipped: list[str] = self.page.evaluate(
            """selector => [...document.querySelectorAll(selector)]
              .filter(e => e.offsetParent && e.innerText.trim())
              .filter(e => e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > window.innerWidth)
              .map(e => e.innerText)""",
            selector,
        )
        return clipped

    def list_cut_numbers(self) -> list[str]:
        """Return the texts with a digit that a box cuts off, except where one can scroll to them."""
        cut: list[str] = self.page.evaluate(CUT_NUMBERS)
        return cut

    def answered_run(self) -> dict[str, Any]:
        run: dict[str, Any] = self.page.evaluate("JSON.parse(sessionStorage.getItem('run'))")
        return run


def open_opener(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(f"{address}healthz")
    return page


def open_tab(opener: Page) -> Page:
    with opener.expect_popup() as opened:
        opener.evaluate("() => { window.open('about:blank'); }")
    return opened.value


def watched_page(context: BrowserContext, address: str) -> Dashboard:
    return watch(context.new_page(), address)


def watch(page: Page, address: str) -> Dashboard:
    """Note what a page writes into the console, and what it asks of strangers."""
    dashboard = Dashboard(page, address)

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            dashboard.console.append(message.text)

    def asked_for(request: Request) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            dashboard.foreign.append(request.url)

    dashboard.page.on("console", heard)
    dashboard.page.on("pageerror", lambda error: dashboard.console.append(str(error)))
    dashboard.page.on("request", asked_for)
    return dashboard


def asked(request: Request) -> dict[str, Any] | None:
    """Return what a request asks of the run, or None if it asks for something else."""
    body = request.post_data_json if request.method == "POST" else None
    if not body or f"..{ids.REPLY}.data" not in body["output"]:
        return None
    value: dict[str, Any] = body["inputs"][0]["value"]
    return value
