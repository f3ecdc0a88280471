"""The page as a WSGI application, for gunicorn where the package is installed."""

import os

from ev2gym_dashboard.service.runtime.settings import read_server_settings
from ev2gym_dashboard.web.app import create_app

server = create_app(read_server_settings(os.environ)).server
