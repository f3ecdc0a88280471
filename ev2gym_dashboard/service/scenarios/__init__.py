"""Scenarios: files, validation, tariff choice and the exogenous series of their days."""
