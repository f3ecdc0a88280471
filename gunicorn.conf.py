"""Found by ``gunicorn app:server`` in the folder where it is started."""

from ev2gym_dashboard.service.server.gunicorn_conf import *  # noqa: F403
