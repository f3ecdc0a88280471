"""REST interface: runs, comparisons, optima, catalogs and strategies as JSON, CSV and Parquet."""
