"""Fixture of the recording script, loaded by its path: acnportal installs a package named ``tests`` too."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def record() -> ModuleType:
    spec = spec_from_file_location("reference_record", Path(__file__).with_name("record.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
