"""The time loop: state, movements, step and records of a fleet, in NumPy and in Numba."""
