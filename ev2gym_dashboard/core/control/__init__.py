"""Decisions of one step: observation, power limits, allocation, dispatch and its reasons."""
