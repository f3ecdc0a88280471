"""The page Fleet: the live run."""
