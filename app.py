"""The dashboard from a checkout: `python app.py` serves it, `gunicorn app:server` takes the server."""

import os

from ev2gym_dashboard.service.runtime.log_format import configure_logging
from ev2gym_dashboard.service.runtime.settings import read_server_settings
from ev2gym_dashboard.web.app import create_app

settings = read_server_settings(os.environ)
app = create_app(settings)
server = app.server

if __name__ == "__main__":
    configure_logging(settings.log)
    app.run(host=settings.host, port=settings.port)
