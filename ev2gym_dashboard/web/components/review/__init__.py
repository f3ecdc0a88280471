"""The dialog in which a user checks a file before it is used: its facts, its chart and the choices about it."""
