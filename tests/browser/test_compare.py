"""The Compare page in a browser: start, reload, sort, search, export and cancel a comparison."""

from __future__ import annotations

import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Locator, expect

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.comparison.runner import list_variants
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.share_link import encode_share_link
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import get_translator
from ev2gym_dashboard.web.pages.compare.parts import COST_PARTS
from tests.browser.dashboard import Dashboard
from tests.browser.table_cells import list_resized_columns, watch_first_cells

DONE_MS = 120_000
WEEK = Scenario(fleet_size=300, days=7.0)
"""The smallest fleet in tens of vehicles whose week leaves out the strategy that plans."""
N_VARIANTS = len(list_variants(WEEK))
N_DAY_VARIANTS = len(list_variants(Scenario(fleet_size=20, days=1.0)))
WEEK_RUN = encode_share_link(RunSpec(WEEK, (), 0))
SMALL_RUN = encode_share_link(RunSpec(Scenario(fleet_size=20), (), 0))


def open_page(dashboard: Dashboard, lang: str) -> Dashboard:
    dashboard.page.goto(f"{dashboard.address}compare?lang={lang}")
    expect(dashboard.at(ids.COMPARE_WORKLOAD)).to_contain_text("=")
    return dashboard


def choose(dashboard: Dashboard, period: str, seeds: str) -> None:
    dashboard.page.locator("label", has_text=re.compile(f"^{period}$")).click()
    dashboard.at(ids.COMPARE_SEEDS).fill(seeds)
    dashboard.page.keyboard.press("Tab")


def find_legend_entry(dashboard: Dashboard, figure: str, strategy: str) -> Locator:
    panel = dashboard.page.locator(".panel").filter(has=dashboard.at(figure))
    return panel.locator(f"[data-strategy={strategy}]")


def read_column(dashboard: Dashboard, field: str) -> list[float]:
    rows = dashboard.page.locator(f"#{ids.COMPARE_TABLE} .ag-center-cols-container .ag-row")
    expect(rows).not_to_have_count(0)
    # AG Grid keeps sorted rows in their first order in the document.
    texts = sorted(
        (
            int(row.get_attribute("row-index") or 0),
            row.locator(f"[col-id={field}] .compare-cell > span").first.inner_text(),
        )
        for row in rows.all()
    )
    return [float(re.sub(r"[\s\u202f\u00a0,]", "", text).replace("\u2212", "-")) for _index, text in texts]


def cancel_a_long_comparison(dashboard: Dashboard) -> None:
    """Begin a comparison, cancel it, which happens at once, and ask for more seeds than are allowed."""
    choose(dashboard, "Un mois", "50")
    dashboard.page.get_by_role("button", name="Comparer").click()
    expect(dashboard.at(ids.COMPARE_STATUS)).to_contain_text("Calcul")
    dashboard.at(ids.COMPARE_CANCEL).click()
    expect(dashboard.at(ids.COMPARE_STATUS)).to_contain_text("Annulé", timeout=3000)
    expect(dashboard.at(ids.COMPARE_START)).to_be_enabled()
    choose(dashboard, "Un mois", "51")
    expect(dashboard.page.get_by_role("alert")).to_contain_text("Tirages\u00a0: doit aller de 1 à 50, et non 51")


def test_a_comparison_survives_a_reload_and_is_sorted_searched_and_exported(
    dashboard: Dashboard, tmp_path: Path
) -> None:
    dashboard.open(f"?lang=fr#run={WEEK_RUN}")
    expect(dashboard.at(ids.STATUS)).to_contain_text("Simulation ouverte")
    dashboard.page.get_by_role("link", name="Comparer").click()
    expect(dashboard.at(ids.COMPARE_WORKLOAD)).to_contain_text("=")
    cancel_a_long_comparison(dashboard)
    choose(dashboard, "Une semaine", "2")
    expect(dashboard.at(ids.COMPARE_WORKLOAD)).to_contain_text("× 2 × 672 × 300 =")
    dashboard.page.get_by_role("button", name="Comparer").click()
    expect(dashboard.at(ids.COMPARE_CANCEL)).to_be_enabled()
    expect(dashboard.at(ids.COMPARE_STATUS)).to_contain_text("Calcul")
    dashboard.page.reload()
    expect(dashboard.page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100", timeout=DONE_MS)
    work = get_translator("fr").number(N_VARIANTS * 2 * 672 * WEEK.fleet_size)
    expect(dashboard.at(ids.COMPARE_STATUS)).to_contain_text(f"Terminé : {work} pas-véhicules")
    expect(dashboard.at(ids.COMPARE_VERDICT)).to_contain_text("Coût complet le plus bas")
    # The limit or the Pareto set, and the optimum, which has a row of its own too.
    expect(dashboard.page.locator(f"#{ids.COMPARE_LOAD} .scatterlayer .trace")).to_have_count(N_VARIANTS + 2)
    expect(dashboard.page.locator(f"#{ids.COMPARE_TRADE_OFF} .scatterlayer .trace")).to_have_count(N_VARIANTS + 2)

    # A week of 300 vehicles leaves out the strategy that plans.
    expect(find_legend_entry(dashboard, ids.COMPARE_LOAD, "price")).to_be_visible()
    expect(find_legend_entry(dashboard, ids.COMPARE_LOAD, "predictive")).to_be_hidden()
    bars = dashboard.page.locator(f"#{ids.COMPARE_PARTS} .barlayer .point")
    expect(bars).to_have_count((N_VARIANTS - 1) * len(COST_PARTS))
    assert dashboard.list_clipped(f"#{ids.COMPARE_TABLE} .compare-cell > *") == []

    dashboard.page.get_by_role("columnheader", name="Facture (MAD)", exact=True).click()
    expect(dashboard.page.get_by_role("columnheader", name="Facture (MAD)", exact=True)).to_have_attribute(
        "aria-sort", "descending"
    )
    # The sort survives a change of language, which makes the table anew.
    dashboard.page.get_by_role("link", name="EN", exact=True).click()
    expect(dashboard.at(ids.COMPARE_VERDICT)).to_contain_text("Lowest total cost")
    expect(dashboard.page.get_by_role("columnheader", name="Bill (MAD)", exact=True)).to_have_attribute(
        "aria-sort", "descending"
    )
    assert read_column(dashboard, "cost_mad") == sorted(read_column(dashboard, "cost_mad"), reverse=True)
    dashboard.at(ids.COMPARE_SEARCH).fill("peak")
    expect(dashboard.page.locator(f"#{ids.COMPARE_TABLE} .ag-center-cols-container .ag-row")).to_have_count(2)
    dashboard.at(ids.COMPARE_SEARCH).fill("")
    dashboard.page.locator("label", has_text="Difference from uncontrolled").click()
    expect(dashboard.page.get_by_role("columnheader", name="Δ Bill (MAD)", exact=True)).to_be_visible()
    with dashboard.page.expect_download() as download:
        dashboard.at(ids.COMPARE_EXPORT).click()
    download.value.save_as(tmp_path / "comparison.csv")
    lines = (tmp_path / "comparison.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 2 + N_VARIANTS
    assert "Bill (MAD) ± 95%" in lines[0]
    assert '"Uncontrolled"' in "".join(lines)
    # A second comparison, over a reload and cancelled, leaves the first one as it was.
    choose(dashboard, "A month", "50")
    dashboard.page.get_by_role("button", name="Compare").click()
    expect(dashboard.at(ids.COMPARE_CANCEL)).to_be_enabled()
    expect(dashboard.at(ids.COMPARE_STATUS)).to_contain_text("Computing")
    dashboard.page.reload()
    expect(dashboard.at(ids.COMPARE_VERDICT)).to_contain_text("Lowest total cost")
    dashboard.at(ids.COMPARE_CANCEL).click()
    expect(dashboard.at(ids.COMPARE_STATUS)).to_contain_text("the results are those of the comparison before")
    dashboard.page.reload()
    expect(dashboard.at(ids.COMPARE_VERDICT)).to_contain_text("Lowest total cost")
    for theme in ("light", "dark"):
        dashboard.page.emulate_media(color_scheme=theme)
        expect(dashboard.page.locator("html")).to_have_attribute("data-bs-theme", theme)
        report = Axe().run(dashboard.page)
        assert report.violations_count == 0, report.generate_report()


def test_a_phone_scrolls_only_vertically(phone: Dashboard) -> None:
    open_page(phone, "fr")
    assert phone.page.evaluate("document.documentElement.scrollWidth") == 390
    report = Axe().run(phone.page)
    assert report.violations_count == 0, report.generate_report()


def test_prices_of_the_objective_hold_for_a_comparison_and_its_sizing(dashboard: Dashboard) -> None:
    dashboard.open(f"?lang=fr#run={SMALL_RUN}")
    expect(dashboard.at(ids.STATUS)).to_contain_text("Simulation ouverte")
    page = dashboard.jump(3).page
    page.get_by_role("link", name="Comparer").click()
    choose(dashboard, "Un jour", "1")
    expect(dashboard.at(ids.COMPARE_WORKLOAD)).to_contain_text("× 96 × 20 =")
    page.locator(".objective > summary").click()
    peak = page.get_by_label("Pointe, en plus de la prime fixe (MAD/kW)")
    slider = page.get_by_label("Pointe, en plus de la prime fixe, curseur")
    expect(dashboard.at(ids.OBJECTIVE_RESET)).to_be_disabled()
    slider.fill("20")
    expect(peak).to_have_value("20")
    peak.fill("12,5")
    page.keyboard.press("Tab")
    expect(slider).to_have_value("13")
    expect(dashboard.at(ids.OBJECTIVE_RESET)).to_be_enabled()
    # A number out of its bounds is refused beside the form, and one in them is taken again.
    peak.fill("-1")
    page.keyboard.press("Tab")
    expect(page.get_by_role("alert")).to_contain_text("prix de la pointe, en plus de la prime fixe")
    peak.fill("12,5")
    page.keyboard.press("Tab")
    expect(dashboard.at(ids.COMPARE_ISSUES)).to_be_empty()

    expect(dashboard.at(ids.SIZING_FIGURE)).to_be_hidden()
    page.get_by_role("button", name="Comparer").click()
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100", timeout=DONE_MS)
    expect(dashboard.at(ids.COMPARE_RESULT_SCENARIO)).to_contain_text("12,5")
    dashboard.at(ids.SIZING_SIZES).fill("20 abc")
    dashboard.at(ids.SIZING_START).click()
    expect(dashboard.at(ids.SIZING_STATUS)).to_contain_text("abc")
    dashboard.at(ids.SIZING_SIZES).fill("20; 60")
    dashboard.at(ids.SIZING_START).click()
    expect(dashboard.at(ids.SIZING_CANCEL)).to_be_enabled()
    expect(dashboard.at(ids.SIZING_STATUS)).to_contain_text("Terminé\u00a0: 2 tailles", timeout=DONE_MS)
    expect(dashboard.at(ids.SIZING_STATUS)).to_contain_text("12,5")
    expect(dashboard.at(ids.SIZING_SUMMARY)).to_contain_text("kVA")
    expect(find_legend_entry(dashboard, ids.SIZING_FIGURE, "predictive")).to_be_visible()
    # The curve comes back with the page, and the prices after it.
    watch_first_cells(dashboard)
    page.reload()
    expect(dashboard.at(ids.SIZING_SUMMARY)).to_contain_text("kVA")
    expect(page.locator(f"#{ids.SIZING_FIGURE} .scatterlayer .trace")).to_have_count(N_DAY_VARIANTS + 2)
    expect(peak).to_have_value("12,5")
    assert list_resized_columns(dashboard, ids.COMPARE_TABLE) == []
    # Its fold is open still.
    dashboard.at(ids.OBJECTIVE_RESET).click()
    expect(peak).to_have_value("")
    assert dashboard.list_cut_numbers() == []
    # The run goes on after the visit.
    page.get_by_role("link", name="Flotte", exact=True).click()
    expect(dashboard.at(ids.CLOCK)).to_have_text("16:45")
    dashboard.jump(1)
