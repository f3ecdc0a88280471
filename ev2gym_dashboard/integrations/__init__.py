"""Integrations with other tools: Gymnasium and EV2Gym."""
