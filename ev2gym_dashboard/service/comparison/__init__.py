"""Comparison of all strategies on the same arrivals: request, runner, result, statistics."""
