"""The examples in docs/examples cannot lie: psql runs each in the demo store, and writes what stands beside it."""

import subprocess
from pathlib import Path

import pytest

from embedded_server import EmbeddedServer

EXAMPLES = sorted((Path(__file__).parents[2] / "docs" / "examples").glob("*.sql"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_writes_what_stands_beside_it(seeded_store, dsn, request, example):
    ran = subprocess.run(
        [EmbeddedServer.bin / "psql", "-X", "-q", "--echo-all", dsn],
        input=example.read_text(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    output = example.with_suffix(".out")
    if request.config.getoption("rewrite_expected"):
        output.write_text(ran.stdout)
    assert ran.stdout == output.read_text()


def test_there_are_examples():
    assert len(EXAMPLES) >= 3
