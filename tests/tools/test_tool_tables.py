"""The pages on Gymnasium and EV2Gym say what the code does, and their examples run as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import ev2gym_reference
from ev2gym_dashboard.integrations.gym import FleetEnv
from ev2gym_dashboard.integrations.gym.fleet import INFO_KEYS
from ev2gym_dashboard.integrations.gym.observation import MODEL_ENTRIES, SITE_ENTRIES
from tools.tool_tables import FOLDER, PAGES, fill_page_tables

GYMNASIUM, EV2GYM = (FOLDER / f"{name}.md" for name in ("gymnasium", "ev2gym"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_tables_are_those_of_the_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert fill_page_tables(text, PAGES[page]) == text, "make docs writes them anew"
    with pytest.raises(ValueError, match="markers"):
        fill_page_tables(text.replace("<!-- /", "<!-- "), PAGES[page])


def test_what_the_tables_name_is_what_an_agent_gets() -> None:
    env = FleetEnv(fleet_size=10, hours_ahead=2)
    _, about = env.reset(seed=1)
    *_, info = env.step(np.zeros(8, np.float32))
    assert about == {"seed": 1}
    assert list(info) == list(INFO_KEYS)
    of_models = [f"{name}: {model}" for name in MODEL_ENTRIES for model in env.models]
    assert env.names == [*SITE_ENTRIES, "price_in_1_h_mad_kwh", "price_in_2_h_mad_kwh", *of_models]


@pytest.mark.parametrize("number", [0, 1])
def test_the_examples_of_gymnasium_run(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    run(examples(GYMNASIUM)[number], {})
    assert re.fullmatch([r"\d+ MAD\n", r"\(4,\) \(4,\)\n"][number], capsys.readouterr().out)


def test_the_scenario_of_the_ev2gym_page_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run(examples(EV2GYM)[0], {})
    assert (tmp_path / "for_ev2gym" / "config.yaml").is_file()


@pytest.mark.filterwarnings("ignore")  # EV2Gym's: it leaves files open, and asks pandas for what will go
@pytest.mark.skipif(bool(ev2gym_reference.explain_unavailable()), reason=ev2gym_reference.explain_unavailable() or "-")
def test_the_agent_of_the_ev2gym_page_acts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    run(examples(EV2GYM)[0], names)
    ev2gym_reference.open_ev2gym(names["config"])
    with np.errstate(all="ignore"):
        run(examples(EV2GYM)[1], names)
    charged_kwh, discharged_kwh = map(float, capsys.readouterr().out.splitlines()[-1].split())
    assert charged_kwh > 0.0
    assert discharged_kwh > 0.0


def examples(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def run(example: str, names: dict[str, Any]) -> None:
    exec(compile(example, "example", "exec"), names)
