"""Kinds of notes on an EV2Gym configuration, by the beginning of their field."""

TAKEN, ASSUMED, NOT_TAKEN = "taken", "assumed: ", "left out: "
