"""The page as a WSGI application, for gunicorn where the package is installed."""

from ev2gym_dashboard.web.app import create_app

server = create_app().server
