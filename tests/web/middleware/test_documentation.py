"""Documentation: it is served below docs/ and nothing outside of it, under a policy that names its inline texts."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ev2gym_dashboard.service.runtime.settings import ServerSettings
from ev2gym_dashboard.web.app import create_app
from ev2gym_dashboard.web.middleware import documentation
from ev2gym_dashboard.web.middleware.security import NOT_FOUND_MESSAGE

SCRIPT, STYLE, ATTRIBUTE = "\n document.body.dataset.theme = 'auto';\n", "body { margin: 0; }", "content: '&'"
PAGE = f"""<html><head><script src="a.js"></script><style>{STYLE}</style></head>
<body><script>{SCRIPT}</script><p style="content: &#39;&amp;&#39;">Flotte</p></body></html>"""
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "html"
    (folder / "fr").mkdir(parents=True)
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "index.html").write_text(PAGE)
    (folder / "fr" / "guide.html").write_text("<p>Guide</p>")
    (folder / "a.js").write_text("a();")
    return folder


def open_client(site: Path | str, **settings: str) -> FlaskClient:
    client: FlaskClient = create_app(ServerSettings(docs=str(site), **settings)).server.test_client()  # type: ignore[arg-type]
    return client


def fetch(client: FlaskClient, path: str, **options: Any) -> TestResponse:
    """Return a response whose file is closed."""
    return client.get(path, buffered=True, **options)


@pytest.fixture(scope="module")
def docs(site: Path) -> FlaskClient:
    return open_client(site)


@pytest.mark.parametrize(
    ("path", "kind", "text"),
    [
        ("/docs/", "text/html", "Flotte"),
        ("/docs/index.html", "text/html", "Flotte"),
        ("/docs/fr/guide.html", "text/html", "Guide"),
        ("/docs/a.js", "text/javascript", "a();"),
    ],
)
def test_the_files_of_the_documentation_are_served(docs: FlaskClient, path: str, kind: str, text: str) -> None:
    response = fetch(docs, path)
    assert (response.status_code, response.mimetype) == (200, kind)
    assert text in response.get_data(as_text=True)
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_address_without_a_slash_leads_to_the_first_page_below_the_prefix(site: Path) -> None:
    response = fetch(open_client(site, prefix="/fleet/"), "/docs")
    assert (response.status_code, response.headers["Location"]) == (308, "/fleet/docs/")


def test_a_page_that_did_not_change_is_not_sent_again(docs: FlaskClient) -> None:
    tag = fetch(docs, "/docs/index.html").headers["ETag"]
    assert fetch(docs, "/docs/index.html", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "..%2Fsecret.txt",
        "fr/../../secret.txt",
        "%2e%2e/secret.txt",
        "..%5csecret.txt",
        "%00",
        "a.js%00.html",
        "%ff",
        "fr",
        "fr/",
        "none.html",
        "x" * 5000,
        "/etc/passwd",
        "%2Fetc%2Fpasswd",
    ],
)
def test_no_other_file_is_served(docs: FlaskClient, path: str) -> None:
    response = fetch(docs, f"/docs/{path}", headers=ENGLISH, follow_redirects=True)
    assert response.status_code == 404
    assert "secret" not in response.get_data(as_text=True)
    assert "root:" not in response.get_data(as_text=True)


def test_a_missing_file_is_named_in_a_sentence(docs: FlaskClient) -> None:
    assert fetch(docs, "/docs/none.html", headers=ENGLISH).get_data(as_text=True) == NOT_FOUND_MESSAGE


def hash_text(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def read_policy(client: FlaskClient, path: str) -> dict[str, str]:
    parts = fetch(client, path).headers["Content-Security-Policy"].split("; ")
    return {name: rest for name, _, rest in (part.partition(" ") for part in parts)}


def test_the_policy_of_the_documentation_names_its_inline_texts_alone(docs: FlaskClient) -> None:
    policy = read_policy(docs, "/docs/")
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == f"'self' {hash_text(SCRIPT)}"
    assert policy["style-src"] == f"'self' 'unsafe-hashes' {hash_text(STYLE)} {hash_text(ATTRIBUTE)}"
    assert policy["frame-ancestors"] == "'none'"
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*"} & set(" ".join(policy.values()).split())


def test_the_pages_of_the_application_keep_their_own_policy(docs: FlaskClient) -> None:
    assert hash_text(SCRIPT) not in read_policy(docs, "/")["script-src"]
    assert read_policy(docs, "/docs/none.html") == read_policy(docs, "/")


def test_the_pages_that_may_embed_the_application_may_embed_its_documentation(site: Path) -> None:
    client = open_client(site, embed="https://portal.example")
    assert read_policy(client, "/docs/")["frame-ancestors"] == "https://portal.example"


def test_the_documentation_needs_the_account(site: Path) -> None:
    client = open_client(site, auth="amina:word")
    assert [fetch(client, path).status_code for path in ("/docs/", "/docs/a.js", "/docs/none.html")] == [401] * 3
    assert fetch(client, "/docs/", auth=("amina", "word")).status_code == 200


def test_a_relative_folder_counts_from_where_the_server_starts(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site.parent)
    assert fetch(open_client("html"), "/docs/fr/guide.html").status_code == 200


def test_a_server_without_documentation_has_no_such_page() -> None:
    response = fetch(open_client("off"), "/docs/index.html")
    assert (response.status_code, response.mimetype) == (404, "text/html")
    assert documentation.choose_documentation("off") is None


@pytest.mark.parametrize("place", ["package/site", ".cache/site/html"])
def test_without_a_setting_the_documentation_is_that_of_the_package_or_the_checkout(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ev2gym_dashboard.service.datasets.paths.PACKAGE_NAME", tmp_path / "package")
    assert documentation.choose_documentation("") is None
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place / "index.html").touch()
    assert documentation.choose_documentation("") == tmp_path / place
