"""The look at the upkeep of the packages: which releases count, and that each locked package has its entry."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from packaging.version import Version

from tools.dependencies_page import format_upkeep
from tools.upkeep import Upkeep, look_up, read_lock, read_record, read_releases

FILES: list[dict[str, Any]] = [
    {"filename": "some_thing-1.0.tar.gz", "upload-time": "2024-03-02T10:00:00Z"},
    {"filename": "some_thing-1.0-py3-none-any.whl", "upload-time": "2024-03-01T23:00:00.5Z"},
    {"filename": "some_thing-1.1-py3-none-any.whl", "upload-time": "2026-02-01T00:00:00Z"},
    {"filename": "some_thing-1.2-py3-none-any.whl", "upload-time": "2026-03-01T00:00:00Z", "yanked": "broken"},
    {"filename": "some_thing-2.0rc1-py3-none-any.whl", "upload-time": "2026-04-01T00:00:00Z"},
    {"filename": "some_thing-0.1.win32.exe", "upload-time": "2020-01-01T00:00:00Z"},
]
LOOKED = date(2026, 6, 1)


def test_a_release_has_the_day_of_its_first_file_and_withdrawn_ones_do_not_count() -> None:
    assert read_releases("some-thing", FILES) == {
        Version("1.0"): date(2024, 3, 1),
        Version("1.1"): date(2026, 2, 1),
        Version("2.0rc1"): date(2026, 4, 1),
    }


def test_the_newest_release_is_a_final_one_and_those_of_a_year_are_counted() -> None:
    record = look_up({"some-thing": "1.0"}, LOOKED, lambda _package: {"files": FILES})
    assert record.looked == "2026-06-01"
    assert record.packages == {"some-thing": Upkeep("2024-03-01", "1.1", "2026-02-01", 1)}


def test_a_locked_version_that_the_index_lacks_is_an_error() -> None:
    with pytest.raises(KeyError):
        look_up({"some-thing": "9.9"}, LOOKED, lambda _package: {"files": FILES})


def test_a_newer_release_is_shown_and_the_locked_one_is_not_repeated() -> None:
    upkeep = Upkeep("2024-03-01", "1.1", "2026-02-01", 1)
    assert format_upkeep("1.0", upkeep) == ("2024-03-01", "1.1, 2026-02-01", "1")
    assert format_upkeep("1.1", upkeep)[1] == ""


def test_the_record_has_the_locked_packages() -> None:
    assert read_record().packages.keys() == read_lock("requirements.lock").keys()
