"""On Windows there is no fcntl and no pwd: a deploy with --dsn needs neither, and no embedded server."""

import subprocess
import sys
from pathlib import Path

import pytest

import deploy
from tests.deploy.made_up_tree import relations

# What Windows lacks cannot be imported, and what its os module lacks is not there.
AS_ON_WINDOWS = """
import os, pathlib, sys
for name in ("fcntl", "pwd", "grp", "resource", "termios"):
    sys.modules[name] = None
for name in ("geteuid", "getuid", "chown", "fchown", "fork"):
    delattr(os, name)
import deploy
sys.exit(deploy.main(sys.argv[2:], root=pathlib.Path(sys.argv[1])))
"""


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", AS_ON_WINDOWS, str(root), *arguments],
        cwd=Path(deploy.__file__).parent, capture_output=True, text=True,
    )  # fmt: skip


def test_a_deploy_with_dsn_needs_nothing_of_unix(tree, store):
    ended = run(tree.root, "--dsn", tree.dsn)
    assert ended.returncode == 0, ended.stderr
    assert {"orders", "open_orders"} <= relations(store)


@pytest.mark.parametrize("mode", ["--plan", "--verify", "--status", "--repair"])
def test_nor_does_any_other_mode(tree, mode):
    tree.deployed()
    ended = run(tree.root, "--dsn", tree.dsn, mode)
    assert ended.returncode == 0, ended.stderr


def test_without_dsn_it_says_what_to_do(tmp_path, monkeypatch):
    for name in ("DATABASE_URL", "PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGSERVICE", "PGUSER"):
        monkeypatch.delenv(name, raising=False)
    ended = run(tmp_path)
    assert ended.returncode == 1
    assert ended.stderr == "ERROR: the embedded PostgreSQL needs Linux or macOS: name a server with --dsn\n"
