"""Tests of price decomposition against the same problem as one linear programme."""

from __future__ import annotations
