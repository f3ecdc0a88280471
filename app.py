"""The dashboard from a checkout: `python app.py` serves it, `gunicorn app:server` takes the server."""

import os

from ev2gym_dashboard.service.runtime.log_format import configure
from ev2gym_dashboard.service.runtime.settings import serving_from
from ev2gym_dashboard.web.app import create_app

serving = serving_from(os.environ)
app = create_app(serving)
server = app.server

if __name__ == "__main__":
    configure(serving.log)
    app.run(host=serving.host, port=serving.port)
