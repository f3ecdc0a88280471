"""Loads the script that records by its path: ``tests`` is also the name of a package that acnportal installs."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def record() -> ModuleType:
    spec = spec_from_file_location("reference_record", Path(__file__).with_name("record.py"))
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
