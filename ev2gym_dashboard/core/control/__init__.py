"""Decisions of one step: what a strategy observes, power limits, allocation, dispatch and its reasons."""
