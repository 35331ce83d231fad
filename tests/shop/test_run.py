"""README's one command: a store, its logins and the shop in front of it, until Ctrl-C."""

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from types import SimpleNamespace

import psycopg
import pytest
from flask import Flask

from examples.shop import run
from tests.documentation.manual_pages import ROOT


def test_one_command_deploys_and_serves(dsn, seeded_store):
    command = [sys.executable, "examples/shop/run.py", "--dsn", dsn, "--schema", "chandlery", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as served:
        try:
            lines = []
            for line in served.stdout:
                lines.append(line)
                if line.startswith("the back office:"):
                    break
            address = re.search(r"the shop: +(http://\S+/)", "".join(lines))[1]
            with urllib.request.urlopen(address) as answer:
                assert "The Spouter Inn Chandlery" in answer.read().decode()
        finally:
            served.send_signal(signal.SIGINT)
        assert served.wait(30) == 0
    live = "SELECT count(*) FROM chandlery.signing_keys WHERE retired_at IS NULL"
    assert seeded_store.execute(live).fetchone() == (1,)


def test_where_a_shop_is_serving_another_is_refused_before_it_changes_anything(dsn, seeded_store, capfd):
    """Its signing key would end the sessions of the first one's shoppers."""
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        assert run.main(["--dsn", dsn, "--schema", "chandlery", "--port", str(port)]) == 1
    with pytest.raises(SystemExit):
        run.main(["--dsn", dsn, "--schema", "chandlery", "--port", "99999"])
    errors = capfd.readouterr().err.splitlines()
    assert f"port {port}" in errors[0] and "invalid port value: '99999'" in errors[-1]
    assert seeded_store.execute("SELECT to_regnamespace('chandlery')").fetchone() == (None,)


def test_maintenance_goes_on_when_the_server_was_away(monkeypatch):
    calls = []

    class Away:
        def ask(self, *_):
            calls.append(1)
            raise psycopg.OperationalError("the server is away")

    def rest(_):
        if len(calls) == 2:
            raise KeyboardInterrupt

    app = Flask(__name__)
    app.extensions["shop"] = SimpleNamespace(database=Away())
    monkeypatch.setattr(run.time, "sleep", rest)
    with pytest.raises(KeyboardInterrupt):
        run.maintain(app)
