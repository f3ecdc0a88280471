"""The dashboard from a checkout: `python app.py` serves it, `gunicorn app:server` takes the server."""

import os

from ev2gym_dashboard.service.serving import serving_from
from ev2gym_dashboard.web.app import create_app

app = create_app()
server = app.server

if __name__ == "__main__":
    serving = serving_from(os.environ)
    app.run(host=serving.host, port=serving.port)
