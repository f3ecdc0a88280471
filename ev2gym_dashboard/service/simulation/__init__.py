"""Headless runs: simulation, counterfactuals, bill, wear and value of V2G."""
