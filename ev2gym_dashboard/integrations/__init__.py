"""Forms of the engine for other tools: Gymnasium and EV2Gym."""
