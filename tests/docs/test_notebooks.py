"""The notebooks run from top to bottom in a kernel, and are stored without outputs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A kernel that imports the package of this checkout, for one notebook after the other."""
    from jupyter_client.manager import KernelManager  # noqa: PLC0415 (takes seconds to import, in each process that collects)

    manager = KernelManager()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    manager.start_kernel(env=environment, cwd=str(tmp_path_factory.mktemp("notebooks")))
    yield manager
    manager.shutdown_kernel(now=True)


def read_notebook(path: Path) -> Any:
    import nbformat  # noqa: PLC0415 (takes seconds to import, in each process that collects)

    return nbformat.read(path, as_version=4)


def make_cell(source: str) -> Any:
    from nbformat.v4 import new_code_cell  # noqa: PLC0415 (takes seconds to import, in each process that collects)

    return new_code_cell(source)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=attrgetter("stem"))
def test_a_notebook_runs_and_shows_a_figure(path: Path, kernel: Any) -> None:
    from nbclient import NotebookClient  # noqa: PLC0415 (takes seconds to import, in each process that collects)

    notebook = read_notebook(path)
    # The names of the notebook before are forgotten, as in a new kernel.
    notebook.cells.insert(0, make_cell("%reset -f"))
    client = NotebookClient(notebook, km=kernel, timeout=120)
    client.execute()
    assert client.kc is not None
    client.kc.stop_channels()
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
