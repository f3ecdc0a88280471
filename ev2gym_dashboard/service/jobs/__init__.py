"""Background jobs: a queue in SQLite and the worker that processes it."""
