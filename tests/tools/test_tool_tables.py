"""The pages on Gymnasium and EV2Gym agree with the code, and their examples run unchanged."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import ev2gym_reference
from ev2gym_dashboard.integrations.gym import FleetEnv
from ev2gym_dashboard.integrations.gym.batch import INFO_KEYS
from ev2gym_dashboard.integrations.gym.observation import AHEAD_ENTRIES, SITE_ENTRIES, SLOT_ENTRIES
from tools.page_sections import fill_sections
from tools.tool_tables import FOLDER, PAGES

GYMNASIUM, EV2GYM = (FOLDER / f"{name}.md" for name in ("gymnasium", "ev2gym"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_tables_agree_with_the_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert fill_sections(text, PAGES[page]) == text, "update with make docs"
    with pytest.raises(ValueError, match="markers"):
        fill_sections(text.replace("<!-- /", "<!-- "), PAGES[page])


def test_the_tables_name_the_entries_that_an_agent_gets() -> None:
    env = FleetEnv(fleet_size=10, hours_ahead=2)
    _, reset_info = env.reset(seed=1)
    *_, info = env.step(np.zeros(8, np.float32))
    assert reset_info == {"seed": 1}
    assert list(info) == list(INFO_KEYS)
    model_entries = [f"{name}: {model}" for name in SLOT_ENTRIES for model in env.models]
    ahead = [name.format(hour=hour) for name in AHEAD_ENTRIES for hour in (1, 2)]
    assert ahead[:2] == ["price_in_1_h_mad_kwh", "price_in_2_h_mad_kwh"]
    assert env.names == [*SITE_ENTRIES, *ahead, *model_entries]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_gymnasium_examples_run(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    run_example(find_examples(GYMNASIUM)[number], {})
    assert re.fullmatch([r"\d+ MAD\n", r"\(4,\) \(4,\)\n", r"\(13,\) True\n"][number], capsys.readouterr().out)


def test_the_pettingzoo_example_runs() -> None:
    pytest.importorskip("pettingzoo", reason="the extra pettingzoo is not installed")
    names: dict[str, Any] = {}
    run_example(find_examples(GYMNASIUM)[3], names)
    assert not names["env"].agents
    assert len(names["rewards"]) == 20


def test_the_ev2gym_example_writes_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_example(find_examples(EV2GYM)[0], {})
    assert (tmp_path / "for_ev2gym" / "config.yaml").is_file()


@pytest.mark.filterwarnings("ignore")  # EV2Gym leaves files open and calls deprecated pandas functions
@pytest.mark.skipif(bool(ev2gym_reference.explain_unavailable()), reason=ev2gym_reference.explain_unavailable() or "-")
def test_the_ev2gym_example_with_an_agent_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    run_example(find_examples(EV2GYM)[0], names)
    ev2gym_reference.open_ev2gym(names["config"])
    with np.errstate(all="ignore"):
        run_example(next(example for example in find_examples(EV2GYM) if "StrategyAgent" in example), names)
    charged_kwh, discharged_kwh = map(float, capsys.readouterr().out.splitlines()[-1].split())
    assert charged_kwh > 0.0
    assert discharged_kwh > 0.0


def find_examples(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def run_example(example: str, names: dict[str, Any]) -> None:
    exec(compile(example, "example", "exec"), names)
