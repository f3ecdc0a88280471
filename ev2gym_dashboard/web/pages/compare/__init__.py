"""The page Compare: all strategies side by side."""
