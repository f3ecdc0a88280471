"""The process: settings, metrics, log format and SQLite files."""
