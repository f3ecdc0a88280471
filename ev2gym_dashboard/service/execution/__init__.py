"""Where independent runs are executed: process pools and Dask clusters."""
