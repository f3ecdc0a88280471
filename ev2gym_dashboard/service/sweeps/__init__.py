"""Sweeps over scenarios and sites: plan, runner, TOML file, dataset."""
