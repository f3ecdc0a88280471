"""The gunicorn configuration and the readiness check."""
