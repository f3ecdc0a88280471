"""Series files of meters and markets, read in stages: text, table, layout, times, numbers, units, alignment."""
