"""Whether the cells of a table are drawn in the widths that they keep."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.dashboard import Dashboard

# AG Grid tells that it has rows by a timer, which on a busy machine comes after they are drawn.
TIMER_MS = 300
READ_WIDTHS = """(table) => Object.fromEntries(
  [...document.querySelectorAll(`#${table} .ag-row[row-index="0"] .ag-cell`)]
    .map((cell) => [cell.getAttribute("col-id"), cell.style.width]))"""
NOTE_FIRST_WIDTHS = f"""(() => {{
  const wait = window.setTimeout;
  window.setTimeout = (call, ms, ...rest) => wait(call, Math.max(ms || 0, {TIMER_MS}), ...rest);
  window.firstWidths = {{}};
  const note = () => {{
    for (const {{ id }} of document.querySelectorAll(".fleet-table[id]"))
      if (document.querySelector(`#${{id}} .ag-center-cols-container .ag-cell`))
        window.firstWidths[id] ??= ({READ_WIDTHS})(id);
  }};
  new MutationObserver(note).observe(document, {{ childList: true, subtree: true }});
}})()"""
LIST_RESIZED = f"""(table) => {{
  const now = ({READ_WIDTHS})(table);
  const first = Object.entries(window.firstWidths[table]);
  if (!first.length) return ["no cell was noted"];
  const resized = first.filter(([column, width]) => now[column] !== width);
  return resized.map(([column, width]) => `${{column}}: ${{width}}, then ${{now[column]}}`);
}}"""


def watch_first_cells(dashboard: Dashboard) -> None:
    """From the next load on, let timers be late, and note the widths of the first cells of each table."""
    dashboard.page.add_init_script(NOTE_FIRST_WIDTHS)


def list_resized_columns(dashboard: Dashboard, table: str) -> list[str]:
    """Return the columns whose cells were drawn in another width than they have once the table is at rest."""
    expect(dashboard.page.locator(f"#{table} .ag-center-cols-container .ag-row").first).to_be_visible()
    dashboard.page.wait_for_timeout(3 * TIMER_MS)
    resized: list[str] = dashboard.page.evaluate(LIST_RESIZED, table)
    return resized
