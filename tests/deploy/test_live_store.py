"""Deploying to a store that takes orders all the while, and being killed at any point."""

import random
import shutil
import subprocess
import threading
from pathlib import Path

import psycopg
import pytest

import deploy
from tests.deploy.made_up_tree import Tree, relations

ROOT = Path(deploy.__file__).parent
CLIENTS = 8


@pytest.fixture
def own_tree(tmp_path, capsys):
    """A copy of this project's tree, to be changed."""
    shutil.copytree(ROOT / "sql", tmp_path / "sql")
    return lambda dsn: Tree(tmp_path, dsn, capsys)


class Application:
    """Clients that order without a pause, one after another, and give up on a statement that waits for seconds."""

    def __init__(self, database):
        self.database = database
        self.stopped = threading.Event()
        self.placed, self.failures = 0, []
        self.threads = [threading.Thread(target=self.order_on) for _ in range(CLIENTS)]

    def order_on(self):
        with self.database.connect("shop_staff", lock_timeout="5s") as connection:
            while not self.stopped.is_set():
                try:
                    connection.execute("SELECT count(*) FROM order_backlog")
                    connection.execute('SELECT place_order(1, \'[{"product_id": 1, "quantity": 1}]\')')
                    self.placed += 1
                except psycopg.Error as error:
                    self.failures.append(f"{error.sqlstate}: {error}")

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.long
def test_no_order_is_lost_to_ten_deploys(own_tree, database, repetitions):
    """Of a changed function, a changed view and a changed policy each time."""
    tree = own_tree(database.dsn(search_path="pg_catalog"))
    texts = {
        path: path.read_text()
        for path in (
            next((tree.root / "sql/03_procedures").glob("*_place_order.sql")),
            next((tree.root / "sql/04_views").glob("*_order_backlog.sql")),
            next((tree.root / "sql/05_security").glob("*_orders.sql")),
        )
    }
    with database.connect() as owner:
        owner.execute("SELECT receive_stock(1, 9000, 'for the test')")
        owner.execute("UPDATE store_settings SET max_pending_orders = NULL")
    with Application(database) as application:
        for number in range(1, repetitions(10) + 1):
            function, view, policy = texts
            function.write_text(texts[function] + f"-- {number}\n")
            view.write_text(texts[view] + f"-- {number}\n")
            policy.write_text(texts[policy].replace("USING (", f"USING ({number} > 0 AND ", 1))
            placed = application.placed
            assert len(tree.deployed("--json").applied) == 3
            while application.placed < placed + CLIENTS and not application.failures:
                application.stopped.wait(0.01)  # each deploy meets clients at work
    assert application.failures == []


@pytest.mark.long
def test_killed_at_random_the_next_deploy_finishes(own_tree, empty_database, repetitions):
    """Every time nothing is there, or everything."""
    tree = own_tree(empty_database.dsn(search_path="pg_catalog"))
    with empty_database.connect() as owner:
        for _ in range(repetitions(50)):
            process = tree.start()
            try:
                process.communicate(timeout=random.uniform(0.1, 1.0))
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
            owner.execute("SET lock_timeout = '60s'")
            found = relations(owner)
            assert not found or "integrity_violations" in found
            if found:
                tree.deployed()
                owner.execute("DROP SCHEMA store CASCADE")
        tree.deployed()
        assert tree.deploy("--verify").exit_code == 0
