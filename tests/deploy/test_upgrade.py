"""A store that lives through three releases, with orders, strangers and a second store beside it,
ends as one that is deployed at once, and loses nothing on the way.

The releases are made up: today's tree, and three later ones of it.
"""

import shutil
from pathlib import Path

import pytest

import deploy
from tests.database import OWNER

ROOT = Path(deploy.__file__).parent
RELEASES = [
    {  # a column added, and a view that shows it in its midst
        "01_schema/900_orders_gift_note.sql": """-- A few words that go with the parcel.
ALTER TABLE orders ADD COLUMN gift_note TEXT;
COMMENT ON COLUMN orders.gift_note IS 'A few words that go with the parcel.';
""",
        "04_views/900_gifts.sql": """CREATE OR REPLACE VIEW gifts WITH (security_invoker = TRUE) AS
SELECT order_id, gift_note AS note, created_at FROM orders WHERE gift_note IS NOT NULL;
COMMENT ON VIEW gifts IS 'Orders with a note.';
""",
        "05_security/900_grants_on_gifts.sql": "GRANT SELECT ON gifts TO shop_staff;\n",
    },
    {  # a table split, with its data
        "01_schema/910_order_gifts.sql": """-- Notes stand apart from orders: few have one.
CREATE TABLE order_gifts (
    order_id INT PRIMARY KEY REFERENCES orders (order_id),
    note TEXT NOT NULL
);
COMMENT ON TABLE order_gifts IS 'Notes that go with a parcel.';
INSERT INTO order_gifts (order_id, note)
SELECT order_id, gift_note FROM orders WHERE gift_note IS NOT NULL;
DROP VIEW IF EXISTS gifts;  -- it is there in a living store, not yet in a new one
ALTER TABLE orders DROP COLUMN gift_note;
""",
        "04_views/900_gifts.sql": """CREATE OR REPLACE VIEW gifts WITH (security_invoker = TRUE) AS
SELECT order_id, note, length(note) AS length, created_at FROM order_gifts INNER JOIN orders
USING (order_id);
COMMENT ON VIEW gifts IS 'Orders with a note.';
""",
    },
    {  # an index built online
        "01_schema/920_orders_created_at.sql": "-- deploy: online\n"
        "CREATE INDEX CONCURRENTLY orders_created_at_gift_idx ON orders (created_at);\n",
    },
]


@pytest.fixture
def tree(tmp_path):
    """A copy of today's tree, to which releases can be added."""
    shutil.copytree(ROOT / "sql", tmp_path / "sql")
    return tmp_path


def release(tree: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (tree / "sql" / name).write_text(text)


def place_order(owner) -> int:
    query = "SELECT product_id FROM inventory WHERE available > 5 ORDER BY product_id LIMIT 1"
    product = owner.execute(query).fetchone()[0]
    items = f'[{{"product_id": {product}, "quantity": 1}}]'
    return owner.execute("SELECT place_order(1, %s)", [items]).fetchone()[0]


def business_rows(owner) -> dict[str, str]:
    """A digest of every table, but for what a release adds or takes away."""
    tables = owner.execute(
        "SELECT oid::REGCLASS::TEXT FROM pg_class WHERE relnamespace = 'store'::REGNAMESPACE"
        " AND relkind IN ('r', 'p') AND NOT relispartition"
        " AND relname NOT IN ('deployed_files', 'deployed_objects', 'deploy_log', 'order_gifts')"
    ).fetchall()
    digest = (
        "SELECT count(*) || md5(coalesce(string_agg((to_jsonb(t) - 'gift_note')::TEXT, ''"
        " ORDER BY (to_jsonb(t) - 'gift_note')::TEXT), '')) FROM {} AS t"
    )
    return {name: owner.execute(digest.format(name)).fetchone()[0] for (name,) in tables}


def test_three_releases_of_a_living_store(tree, database, capsys):
    def run(*arguments: str) -> str:
        exit_code = deploy.main(["--dsn", database.dsn(), *arguments], root=tree)
        out, err = capsys.readouterr()
        assert exit_code == 0, out + err
        return out

    with database.connect() as owner, database.connect(None) as superuser:
        run("--schema", "beside")
        owner.execute("UPDATE store_settings SET max_pending_orders = NULL")
        superuser.execute("CREATE ROLE reporting NOLOGIN")
        superuser.execute(f"GRANT reporting TO {OWNER}")
        owner.execute("CREATE VIEW their_backlog AS SELECT order_id, total FROM order_backlog")
        owner.execute("GRANT SELECT ON their_backlog, order_backlog TO reporting")
        try:
            for number, files in enumerate(RELEASES):
                order = place_order(owner)
                if number == 1:
                    owner.execute("UPDATE orders SET gift_note = 'ü' WHERE order_id = %s", [order])
                before = business_rows(owner)
                release(tree, files)
                run()
                assert business_rows(owner) == before
                assert "Nothing to do" in run()
                verified = run("--verify")
                assert "view their_backlog: made by others" in verified
                assert "view order_backlog: privilege SELECT for reporting" in verified
                superuser.execute(f"ALTER DATABASE {database.name} OWNER TO CURRENT_USER")
                assert "left: store_owner lacks CREATE on the database" in run("--verify")
                database.give_to_owner()
                if number == 1:
                    notes = owner.execute("SELECT note, length FROM gifts").fetchall()
                    assert notes == [("ü", 1)]
                    granted = "SELECT has_table_privilege('shop_staff', 'gifts', 'SELECT')"
                    assert owner.execute(granted).fetchone()[0]
            place_order(owner)
            assert owner.execute("SELECT count(*) FROM integrity_violations").fetchone()[0] == 0
            assert owner.execute("SELECT count(*) FROM their_backlog").fetchone()[0] > 0
            run("--schema", "beside")
            run("--schema", "beside", "--verify")
        finally:
            superuser.execute("DROP OWNED BY reporting CASCADE")
            superuser.execute("DROP ROLE reporting")
