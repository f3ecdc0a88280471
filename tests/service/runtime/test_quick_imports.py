"""Quick imports: the collector rests while modules are imported, and goes on."""

from __future__ import annotations

import gc

import pytest

from ev2gym_dashboard.service.runtime.quick_imports import pause_collector


def test_the_collector_rests_while_modules_are_imported_and_goes_on() -> None:
    with pause_collector():
        assert not gc.isenabled()
        with pause_collector():
            pass
        assert not gc.isenabled(), "the inner import started it again"
    assert gc.isenabled()


def test_a_failed_import_leaves_the_collector_on() -> None:
    with pytest.raises(ImportError), pause_collector():
        raise ImportError
    assert gc.isenabled()
