"""The next hours of a run: a strip of price, peak hours, V2G, sun and plan, and a sentence on it."""
