"""The notebooks run from top to bottom in a kernel, and are stored without outputs."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the kernel import the package of this checkout."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def read_notebook(path: Path) -> Any:
    import nbformat  # noqa: PLC0415 (takes seconds to import, in each process that collects)

    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=attrgetter("stem"))
def test_a_notebook_runs_and_shows_a_figure(path: Path, tmp_path: Path) -> None:
    from nbclient import NotebookClient  # noqa: PLC0415 (takes seconds to import, in each process that collects)

    notebook = read_notebook(path)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert {output.output_type for output in shown} <= {"display_data", "execute_result", "stream"}
    assert any("application/vnd.plotly.v1+json" in output.get("data", {}) for output in shown)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=attrgetter("stem"))
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    cells = read_notebook(path).cells
    assert [cell.source for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []


def test_the_page_links_every_notebook() -> None:
    page = (ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8")
    assert [path.name for path in NOTEBOOKS if f"](notebooks/{path.name})" not in page] == []
