"""docs/postgres_exporter.yaml: what the exporter asks, asked here, and served by the real one.

The real exporter is Debian's prometheus-postgres-exporter; like pgTAP it is there or is not.
"""

import os
import re
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen

import psycopg
import pytest
import yaml

from tests import database as databases

FILE = Path(__file__).parents[2] / "docs" / "postgres_exporter.yaml"
QUERIES = yaml.safe_load(FILE.read_text())
VIEWS = Path(__file__).parents[2] / "sql" / "04_views"
DEADLINE = 60.0  # seconds after which an exporter that does not answer is given up


@pytest.fixture
def exporter_role(seeded_store, superuser):
    """A login that is in pg_monitor and shop_analyst, as the manual says; gone afterwards."""
    superuser.execute(
        "CREATE ROLE test_exporter LOGIN IN ROLE pg_monitor, shop_analyst PASSWORD "
        + psycopg.sql.Literal(databases.PASSWORD).as_string(superuser)
    )
    superuser.execute("GRANT USAGE ON SCHEMA store TO test_exporter")
    yield "test_exporter"
    superuser.execute("DROP OWNED BY test_exporter")
    superuser.execute("DROP ROLE test_exporter")


def test_each_query_gives_its_labels_and_numbers(exporter_role, database):
    """Every column is described, every one that is no label is a number, and none is missing."""
    with database.connect(exporter_role) as connection:
        for name, asked in QUERIES.items():
            described = {column: how for metric in asked["metrics"] for column, how in metric.items()}
            rows = connection.execute(asked["query"])
            assert [column.name for column in rows.description] == list(described), name
            for row in rows.fetchall():
                for value, how in zip(row, described.values(), strict=True):
                    assert value is None or (how["usage"] == "LABEL") == isinstance(value, str)


def test_every_monitoring_view_is_asked():
    """A view that is added is added here."""
    views = {re.sub(r"^\d+_|\.sql$", "", file.name) for file in VIEWS.glob("*_monitor_*.sql")}
    assert len(views) == 6
    assert {view for view in views if view not in FILE.read_text()} == set()


@pytest.mark.needs_extensions
def test_the_real_exporter_serves_our_metrics(exporter_role, database):
    """Figures of the seed that no clock moves: refunds due of 4.90 + 45.10 + 31.50, one order on account."""
    with serving(database, exporter_role) as metrics:
        assert value(metrics, "store_refunds_due_amount") == 81.5
        assert value(metrics, "store_refunds_due_orders") == 3
        assert value(metrics, "store_receivables_amount") == 99.2
        assert value(metrics, "store_receivables_orders") == 1
        assert value(metrics, "store_receivables_oldest_seconds") > 0
        assert value(metrics, "store_backlog_orders", waiting_for="shipment") == 2
        assert value(metrics, "store_stock_alerts_products", alert_level="out_of_stock") == 2
        assert value(metrics, "store_tables_has_problem", table_name="orders") == 0
        assert value(metrics, "store_indexes_problems", problem="missing") == 0
        assert value(metrics, "store_locks_waiting_sessions") == 0
        assert value(metrics, "store_sequences_used_pct", sequence_name="orders_order_id_seq") == 0
        assert value(metrics, "store_statements_calls") == 0
        served = {
            f"{name}_{column}"
            for name, asked in QUERIES.items()
            for metric in asked["metrics"]
            for column, how in metric.items()
            if how["usage"] != "LABEL" and name != "store_replication"  # nobody follows this server
        }
        assert {metric for metric in served if f"\n{metric}{{" not in metrics} == set()
        assert value(metrics, "pg_exporter_last_scrape_error") == 0


@contextmanager
def serving(database, role):
    """Start the exporter as docs/monitoring.md does, on a free port, and give what it serves."""
    server = database.server
    dsn = (
        f"postgresql://{role}:{databases.PASSWORD}@/{database.name}?host={server.host}"
        f"&port={server.port}&search_path=store&sslmode=disable"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = "{}:{}".format(*free.getsockname())
    manual = (FILE.parent / "monitoring.md").read_text()
    options = re.findall(r"^ +(--[^ \n]+)", manual, re.MULTILINE)
    exporter = subprocess.Popen(
        ["prometheus-postgres-exporter", *options, f"--web.listen-address={address}"],
        env={**os.environ, "DATA_SOURCE_NAME": dsn},
        cwd=FILE.parents[1],
    )
    try:
        yield answer(f"http://{address}/metrics", exporter)
    finally:
        exporter.terminate()
        exporter.wait()


def answer(url, exporter):
    """What the exporter serves, as soon as it serves anything."""
    given_up_at = monotonic() + DEADLINE
    while True:
        try:
            with urlopen(url) as page:
                return page.read().decode()
        except OSError:
            assert exporter.poll() is None, "the exporter has ended"
            assert monotonic() < given_up_at, "the exporter does not answer"
            sleep(0.02)


def value(metrics, name, **labels):
    """The value of the metric with these labels."""
    for line in metrics.splitlines():
        metric = re.fullmatch(rf"{name}(?:{{(.*)}})? (\S+)", line)
        if metric and all(f'{label}="{text}"' in (metric[1] or "") for label, text in labels.items()):
            return float(metric[2])
    raise AssertionError(f"{name}{labels} is not served")
