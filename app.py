"""The dashboard from a checkout: `python app.py` serves it, `gunicorn app:server` takes the server."""

from ev2gym_dashboard.web.app import create_app

app = create_app()
server = app.server

if __name__ == "__main__":
    app.run(host="127.0.0.1", port=8888)
