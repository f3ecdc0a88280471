"""The page Scenarios: a gallery of runs to open."""
