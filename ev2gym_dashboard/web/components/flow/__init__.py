"""Energy flow: the picture of the powers between grid, sun, building and vehicles, and its sentence."""
