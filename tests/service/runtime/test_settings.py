"""Server settings: read from options, environment variables or defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.runtime.settings import ServerSettings, count_cores, read_server_settings


def test_the_default_is_port_8888_on_loopback_without_credentials_and_with_a_process_per_core() -> None:
    settings = read_server_settings({})
    assert settings.bind == "127.0.0.1:8888"
    assert settings.n_processes == count_cores() >= 1
    assert settings.credentials is None
    assert settings.proxy == 0


def test_the_default_number_of_processes_is_that_of_the_usable_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 3, 5}, raising=False)
    assert read_server_settings({}).n_processes == 3
    assert read_server_settings({"EV2GYM_DASHBOARD_WORKERS": "2"}).n_processes == 2
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(200)), raising=False)
    assert read_server_settings({}).n_processes == 64


def test_each_variable_sets_its_field(tmp_path: Path) -> None:
    (tmp_path / "index.html").touch()
    environment = {
        "EV2GYM_DASHBOARD_HOST": "0.0.0.0",
        "EV2GYM_DASHBOARD_PORT": "9000",
        "EV2GYM_DASHBOARD_WORKERS": "3",
        "EV2GYM_DASHBOARD_THREADS": "5",
        "EV2GYM_DASHBOARD_PROXY": "1",
        "EV2GYM_DASHBOARD_PREFIX": "/fleet/",
        "EV2GYM_DASHBOARD_HOSTS": "fleet.example",
        "EV2GYM_DASHBOARD_EMBED": "https://portal.example",
        "EV2GYM_DASHBOARD_DOCS": str(tmp_path),
        "EV2GYM_DASHBOARD_STATE": "/var/lib/fleet",
        "EV2GYM_DASHBOARD_REDIS": "redis://localhost",
        "EV2GYM_DASHBOARD_LOG": "warning",
        "EV2GYM_DASHBOARD_STRATEGY_FILES": "mine.py",
        "EV2GYM_DASHBOARD_AUTH": "amina:word",
    }
    assert read_server_settings(environment) == ServerSettings(
        "0.0.0.0",
        9000,
        3,
        5,
        1,
        "/fleet/",
        "fleet.example",
        "https://portal.example",
        str(tmp_path),
        "/var/lib/fleet",
        "redis://localhost",
        "warning",
        "mine.py",
        "amina:word",
    )


def test_an_option_overrides_its_variable() -> None:
    assert read_server_settings({"EV2GYM_DASHBOARD_PORT": "9000"}, {"port": "9001"}).port == 9001


def test_a_missing_option_leaves_the_variable() -> None:
    assert read_server_settings({"EV2GYM_DASHBOARD_PORT": "9000"}, {"port": None}).port == 9000


def test_an_empty_variable_counts_as_unset() -> None:
    assert read_server_settings({"EV2GYM_DASHBOARD_HOST": "", "EV2GYM_DASHBOARD_PORT": ""}) == ServerSettings()


def test_settings_written_to_the_environment_are_read_back() -> None:
    settings = ServerSettings(
        "::1",
        9000,
        3,
        5,
        2,
        "/a/b/",
        "a.example,.b.example",
        "https://c.example",
        "off",
        "off",
        "",
        "error",
        "",
        "amina:word",
    )
    assert read_server_settings(settings.environment) == settings


def test_an_address_with_colons_is_bound_in_brackets() -> None:
    assert ServerSettings(host="::1").bind == "[::1]:8888"


@pytest.mark.parametrize("port", ["70000", "-1", "http", "88.5", "1e3", " "])
def test_an_invalid_port_is_refused_under_the_name_of_its_source(port: str) -> None:
    with pytest.raises(ValidationError) as by_option:
        read_server_settings({}, {"port": port})
    assert [issue.field for issue in by_option.value.issues] == ["--port"]
    with pytest.raises(ValidationError) as by_variable:
        read_server_settings({"EV2GYM_DASHBOARD_PORT": port})
    assert [issue.field for issue in by_variable.value.issues] == ["EV2GYM_DASHBOARD_PORT"]


def test_every_invalid_value_is_reported_at_once() -> None:
    with pytest.raises(ValidationError) as error:
        read_server_settings(
            {"EV2GYM_DASHBOARD_WORKERS": "-1", "EV2GYM_DASHBOARD_AUTH": "amina", "EV2GYM_DASHBOARD_LOG": "loud"},
            {"port": "none", "threads": "9999", "proxy": "9", "prefix": "fleet"},
        )
    names = {issue.field for issue in error.value.issues}
    variables = {"EV2GYM_DASHBOARD_WORKERS", "EV2GYM_DASHBOARD_AUTH", "EV2GYM_DASHBOARD_LOG"}
    assert names == variables | {"--port", "--threads", "--proxy", "--prefix"}


@pytest.mark.parametrize("prefix", ["fleet/", "/fleet", "//", "/a//b/", "/a b/", "/<b>/", "/é/", "/a\n/"])
def test_an_invalid_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ValidationError, match="must begin and end with /"):
        read_server_settings({}, {"prefix": prefix})


def test_a_folder_without_documentation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"^--docs: must be off or a folder with an index\.html, not "):
        read_server_settings({}, {"docs": str(tmp_path)})


@pytest.mark.parametrize("auth", ["amina", ":", "amina:", ":word"])
def test_credentials_without_user_or_password_are_refused_and_not_repeated(auth: str) -> None:
    with pytest.raises(ValidationError) as error:
        read_server_settings({"EV2GYM_DASHBOARD_AUTH": auth})
    expected = "EV2GYM_DASHBOARD_AUTH: must be a user and a password with a colon between them"
    assert str(error.value) == expected


def test_a_password_may_contain_colons_and_is_never_shown() -> None:
    settings = read_server_settings({"EV2GYM_DASHBOARD_AUTH": "amina:a:b"})
    assert settings.credentials == ("amina", "a:b")
    assert "a:b" not in repr(settings)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_a_server_on_loopback_answers_to_the_names_of_this_machine_alone(host: str) -> None:
    assert ServerSettings(host=host).allowed_hosts == frozenset({"localhost", ".localhost", "127.0.0.1", "::1", host})


def test_an_open_server_or_one_behind_a_proxy_answers_to_any_name() -> None:
    assert ServerSettings(host="0.0.0.0").allowed_hosts is None
    assert ServerSettings(proxy=1).allowed_hosts is None


def test_named_hosts_are_allowed_beside_those_of_this_machine() -> None:
    settings = read_server_settings({}, {"host": "0.0.0.0", "hosts": "Fleet.example, .b.example"})
    machine = frozenset({"localhost", ".localhost", "127.0.0.1", "::1", "0.0.0.0"})
    assert settings.allowed_hosts == machine | {"fleet.example", ".b.example"}


@pytest.mark.parametrize("hosts", ["http://fleet.example", "a b", ",", "fleet.example/", "*", "a,,b"])
def test_invalid_host_names_are_refused(hosts: str) -> None:
    with pytest.raises(ValidationError, match=r"--hosts: must be host names separated by commas"):
        read_server_settings({}, {"hosts": hosts})


@pytest.mark.parametrize(
    "url", ["localhost:6379", "http://localhost", "redis://localhost:none", "redis://[", "redis://:word@h?db=x"]
)
def test_a_malformed_redis_url_is_refused_at_the_start_and_not_repeated(url: str) -> None:
    with pytest.raises(ValidationError, match=r"EV2GYM_DASHBOARD_REDIS: must be a URL as redis://host") as error:
        read_server_settings({"EV2GYM_DASHBOARD_REDIS": url})
    assert url not in str(error.value)


@pytest.mark.parametrize("url", ["redis://localhost", "rediss://:word@host:1/3", "unix:///run/redis.sock"])
def test_a_redis_url_is_accepted(url: str) -> None:
    assert read_server_settings({"EV2GYM_DASHBOARD_REDIS": url}).redis == url


def test_redis_without_its_package_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ev2gym_dashboard.service.runtime.settings.find_spec", lambda _name: None)
    with pytest.raises(ValidationError, match=r"requires the package redis: pip install"):
        read_server_settings({"EV2GYM_DASHBOARD_REDIS": "redis://localhost"})


def test_origins_that_may_embed_the_page_are_separated_by_commas() -> None:
    assert ServerSettings().embedders == ()
    settings = read_server_settings({}, {"embed": "https://Portal.example, http://localhost:3000"})
    assert settings.embedders == ("https://portal.example", "http://localhost:3000")


@pytest.mark.parametrize("embed", ["portal.example", "https://a.example/path", "*", "https://a.example;x", ","])
def test_embedders_that_are_no_origins_are_refused(embed: str) -> None:
    with pytest.raises(ValidationError, match=r"--embed: must be origins separated by commas"):
        read_server_settings({}, {"embed": embed})
