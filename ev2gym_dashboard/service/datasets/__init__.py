"""Data files: finding, reading and validating catalogs, sessions, tariffs, load shapes and profiles."""
