"""Build of the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from ev2gym_dashboard.web import build
from ev2gym_dashboard.web.build import compute_build_id


def test_the_build_changes_with_the_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = compute_build_id()
    assert before == compute_build_id()
    (tmp_path / "page.css").write_text("p {}", encoding="utf-8")
    monkeypatch.setattr(build, "find_assets_folder", lambda: tmp_path)
    assert compute_build_id() != before
