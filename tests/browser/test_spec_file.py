"""A user's own spec file, from the dialog to the table and away again."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import expect

from ev2gym_dashboard.service.datasets.catalogs import USER_CATALOG
from ev2gym_dashboard.web import ids
from tests.browser.conftest import ROOT
from tests.browser.dashboard import Dashboard
from tests.browser.test_site import answer_file_dialogs, choose_by_keyboard, confirm_file

SPEC, LABEL = "catalog_spec", "depuis votre fichier de spécifications"


def two_models() -> dict[str, dict[str, object]]:
    models = json.loads((ROOT / "data" / "ev_specs_v2g_enabled2024.json").read_text(encoding="utf-8"))
    capable, other = list(models.values())[:2]
    return {"<b>x</b>": capable, "Sans V2G": other | {"max_ac_discharge_power": 0, "max_dc_discharge_power": 0}}


def test_a_spec_file_is_refused_taken_kept_and_removed(dashboard: Dashboard, tmp_path: Path) -> None:
    file = tmp_path / "flotte.json"
    damaged = {name: model | {"battery_capacity": -1} for name, model in two_models().items()}
    file.write_text(json.dumps(damaged), encoding="utf-8")
    answer_file_dialogs(dashboard, file).open("?lang=fr").jump(8)
    dashboard.unfold_settings()
    text, remove = dashboard.at(ids.make_file_text_id(SPEC)), dashboard.at(ids.make_remove_file_id(SPEC))
    expect(text).to_contain_text("Aucun fichier")
    before = dashboard.show_table().column("model")

    choose_by_keyboard(dashboard, LABEL)
    issues = dashboard.at(ids.REVIEW_ISSUES)
    expect(issues).to_contain_text("<b>x</b>.battery_capacity")
    expect(issues).to_contain_text("Sans V2G.battery_capacity")
    dashboard.at(ids.REVIEW_CANCEL).press("Enter")
    expect(dashboard.at(ids.REVIEW)).to_be_hidden()
    assert dashboard.answered_run()["step"] == 8
    assert dashboard.answered_run()["scenario"][SPEC] == ""

    file.write_text(json.dumps(two_models(), indent=4), encoding="utf-8")
    choose_by_keyboard(dashboard, LABEL)
    expect(dashboard.at(ids.REVIEW_CONTENT)).to_contain_text("2, dont 1 compatible(s) V2G")
    confirm_file(dashboard)
    expect(text).to_have_text("flotte.json\u00a0: 2 modèles, compatibles V2G\u00a0: 1")
    expect(dashboard.at(ids.make_tile_id("models"))).to_have_text("2")
    assert sorted(dashboard.column("model")) == ["<b>x</b>", "Sans V2G"]
    expect(dashboard.at(ids.CATALOG_BADGE)).to_have_text("flotte.json")
    expect(dashboard.at(ids.CATALOG)).to_have_value(USER_CATALOG)

    dashboard.page.reload()
    expect(dashboard.at(ids.CATALOG_BADGE)).to_have_text("flotte.json")
    expect(dashboard.at(ids.CATALOG)).to_have_value(USER_CATALOG)
    dashboard.unfold_settings()
    remove.focus()
    dashboard.page.keyboard.press("Enter")
    expect(text).to_contain_text("Aucun fichier")
    expect(remove).to_be_hidden()
    expect(dashboard.at(ids.CATALOG)).to_have_value("2024")
    assert sorted(dashboard.show_table().column("model")) == sorted(before)

    choose_by_keyboard(dashboard, LABEL)
    confirm_file(dashboard)
    expect(dashboard.at(ids.CATALOG)).to_have_value(USER_CATALOG)
    dashboard.at(ids.CATALOG).select_option("2023")
    expect(text).to_contain_text("Aucun fichier")
    assert dashboard.answered_run()["scenario"][SPEC] == ""
