"""The situations in docs/situations.md: their commands and examples run in order, and print what the page says."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.command_server import open_command_folder

PAGE = Path(__file__).parents[2] / "docs" / "situations.md"
SECTIONS = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with open_command_folder(tmp_path_factory.mktemp("commands")) as folder:
        yield os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(PAGE.parents[1])}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.partition("\n")[0])
def test_a_section_prints_what_the_page_says(
    section: str,
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    blocks = BLOCK.findall(section)
    monkeypatch.chdir(tmp_path)
    for script in (text for language, text in blocks if language == "console"):
        subprocess.run(["bash", "-euo", "pipefail", "-c", script], env=environment, check=True, capture_output=True)
    (example,) = [text for language, text in blocks if language == "python"]
    exec(compile(example, PAGE.name, "exec"), {})
    (printed,) = [text for language, text in blocks if language == "text"]
    assert capsys.readouterr().out == printed


def test_the_energy_of_the_meter_is_that_of_hand() -> None:
    # 15 h at 6 kW and 9 h at 2 kW are 108 kWh a day; two days of a standing charge of 16 EUR a month.
    assert f"load without EVs: {2 * (15 * 6 + 9 * 2):.1f} kWh" in SECTIONS[0]
    assert f"standing charge: {2 * 12 * 16 * 10.8 / 365:.2f} MAD" in SECTIONS[0]
