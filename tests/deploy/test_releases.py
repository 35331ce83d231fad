"""Fifty made-up releases: what `--plan` says of each is what the deploy then does.

A release edits several files at once: views lose or move columns, functions change what they take,
files go, or hand their text to another, schema files add columns and drop views, strangers' views hang
on any of it.
"""

import random

import psycopg
import pytest

from tests.deploy.made_up_tree import Tree, scalar

RELEASES = 50
EDITS = 3  # a release
VIEWS, FUNCTIONS = 7, 3
TOLD = ["rebuilds", "rebuilds_of_others", "drops", "regrants", "fills"]
OBJECTS = """SELECT oid::BIGINT, relname FROM pg_class
WHERE relnamespace = 'store'::REGNAMESPACE AND relkind IN ('v', 'm')
UNION ALL SELECT oid, proname FROM pg_proc WHERE pronamespace = 'store'::REGNAMESPACE
UNION ALL SELECT oid, typname FROM pg_type WHERE typnamespace = 'store'::REGNAMESPACE AND typtype = 'd'"""


class Product:
    """What the store is at one release: from it, the files are written."""

    def __init__(self, chance: random.Random):
        self.chance = chance
        self.schema = {"010_facts.sql": "CREATE TABLE facts (id INT PRIMARY KEY, a INT, b TEXT);\n"}
        self.columns = ["id", "a", "b"]
        self.views: dict[int, dict] = {
            number: {"file": f"04_views/{number:02}0_view.sql", "from": 0, "columns": ["id", "a"], "note": 0}
            for number in range(1, VIEWS + 1)
        }
        for number in range(3, VIEWS + 1):  # some hang on others, always on an earlier one
            self.views[number]["from"] = chance.randrange(0, number)
        self.functions: dict[int, dict] = {
            number: {"argument": "INT", "result": "INT", "body": 1} for number in range(1, FUNCTIONS + 1)
        }
        self.stored: dict = {"columns": ["id"], "from": 1}
        self.limit = 0
        self.grants = {number: "SELECT" for number in self.views}
        self.indexes = 0

    def available(self, source: int) -> list[str]:
        return self.views[source]["columns"] if source else self.columns

    def files(self) -> dict[str, str]:
        found = {f"01_schema/{name}": text for name, text in self.schema.items()}
        found["03_procedures/005_small.sql"] = (
            f"CREATE DOMAIN small AS INT CONSTRAINT small_is_small CHECK (value > {self.limit});\n"
        )
        for number, one in self.functions.items():
            found[f"03_procedures/{number:02}0_function.sql"] = (
                f"CREATE OR REPLACE FUNCTION f{number}(p_x {one['argument']}) RETURNS {one['result']}\n"
                f"LANGUAGE sql IMMUTABLE RETURN {one['body']}::{one['result']};\n"
            )
        for number, one in self.views.items():
            source = f"v{one['from']}" if one["from"] else "facts"
            extra = f", f{number}(1) AS computed" if number <= FUNCTIONS else ""
            text = f"CREATE OR REPLACE VIEW v{number} AS SELECT {', '.join(one['columns'])}{extra} FROM {source};\n"
            found[one["file"]] = found.get(one["file"], "") + f"-- {one['note']}\n{text}"
        source = f"v{self.stored['from']}"
        found["05_security/010_stored.sql"] = (
            f"CREATE MATERIALIZED VIEW stored AS SELECT {', '.join(self.stored['columns'])} FROM {source};\n"
            "CREATE UNIQUE INDEX stored_id_idx ON stored (id);\n"
        )
        found["05_security/020_grants.sql"] = (
            "".join(f"GRANT {right} ON v{number} TO pg_monitor;\n" for number, right in self.grants.items() if right)
            + "GRANT SELECT ON stored TO pg_monitor;\nGRANT EXECUTE ON FUNCTION f1 TO pg_monitor;\n"
        )
        return found

    # The edits a release is made of.

    def reorder_a_view(self) -> None:
        one = self.views[self.chance.choice([*self.views])]
        self.chance.shuffle(one["columns"])

    def extend_a_view(self) -> None:
        one = self.views[self.chance.choice([*self.views])]
        more = [name for name in self.available(one["from"]) if name not in one["columns"] and name != "computed"]
        if more:
            one["columns"].insert(self.chance.choice([0, len(one["columns"])]), self.chance.choice(more))

    def comment_a_view(self) -> None:
        self.views[self.chance.choice([*self.views])]["note"] += 1

    def add_a_column(self) -> None:
        """At the end of the table, in the middle of a view that shows the table."""
        name = f"c{len(self.schema)}"
        self.schema[f"{len(self.schema) + 1:02}0_{name}.sql"] = f"ALTER TABLE facts ADD COLUMN {name} INT;\n"
        self.columns.append(name)
        shows = [one for one in self.views.values() if one["from"] == 0]
        self.chance.choice(shows)["columns"].insert(1, name)

    def add_an_index(self) -> None:
        self.indexes += 1
        name = f"i{self.indexes}"
        self.schema[f"{len(self.schema) + 1:02}0_{name}.sql"] = (
            f"-- deploy: online\nCREATE INDEX CONCURRENTLY {name} ON facts (a, id);\n"
        )

    def drop_a_view_by_hand(self) -> None:
        """A schema file does, of a view that nothing hangs on; its own file makes it again after."""
        leaves = [number for number in self.views if number > 3 and not self.used(number)]
        if leaves:
            number = self.chance.choice(leaves)
            self.schema[f"{len(self.schema) + 1:02}0_drop.sql"] = f"DROP VIEW IF EXISTS v{number};\n"

    def change_a_function(self) -> None:
        one = self.functions[self.chance.choice([*self.functions])]
        what = self.chance.choice(["argument", "result", "body"])
        if what == "body":
            one["body"] += 1
        else:
            one[what] = "BIGINT" if one[what] == "INT" else "INT"

    def change_the_domain(self) -> None:
        self.limit += 1

    def store_other_rows(self) -> None:
        self.stored["columns"] = ["id"] if self.stored["columns"] != ["id"] else ["id", "id AS again"]

    def change_a_grant(self) -> None:
        number = self.chance.choice([*self.grants])
        self.grants[number] = self.chance.choice(
            [right for right in ("", "SELECT", "SELECT (id)") if right != self.grants[number]]
        )

    def move_a_view(self) -> None:
        """To a file of another name."""
        one = self.views[self.chance.choice([*self.views])]
        old, new = ("_view.sql", "_moved.sql") if "_view.sql" in one["file"] else ("_moved.sql", "_view.sql")
        one["file"] = one["file"].replace(old, new)

    def remove_or_add_a_view(self) -> None:
        last = max(self.views)
        if last > VIEWS - 2 and not self.used(last):
            del self.views[last]
            del self.grants[last]
        elif last < VIEWS + 2:
            number = last + 1
            source = self.chance.randrange(0, number)
            self.views[number] = {
                "file": f"04_views/{number:02}0_view.sql", "from": source, "columns": ["id", "a"], "note": 0
            }  # fmt: skip
            self.grants[number] = "SELECT"

    def used(self, number: int) -> bool:
        return any(one["from"] == number for one in self.views.values())


EDIT_NAMES = [
    "reorder_a_view", "extend_a_view", "comment_a_view", "add_a_column", "add_an_index", "drop_a_view_by_hand",
    "change_a_function", "change_the_domain", "store_other_rows", "change_a_grant", "move_a_view",
    "remove_or_add_a_view",
]  # fmt: skip


def write(tree: Tree, product: Product) -> None:
    """Make the folder hold these files and no others."""
    files = product.files()
    for path in (tree.root / "sql").glob("*/*.sql"):
        if path.relative_to(tree.root / "sql").as_posix() not in files:
            path.unlink()
    for name, text in files.items():
        tree.write(name, text)


def stranger_looks_at(superuser: psycopg.Connection, product: Product, number: int) -> None:
    """A view of another role's, in its own schema, on one of ours; at most three at a time."""
    superuser.execute("SET ROLE reporting")
    view = product.chance.choice([one for one in product.views if one <= 3])
    superuser.execute(f"CREATE OR REPLACE VIEW reports.theirs_{number % 3} AS SELECT id FROM store.v{view}")
    superuser.execute("RESET ROLE")


@pytest.fixture
def reporting(superuser):
    superuser.execute("CREATE ROLE reporting NOLOGIN")
    superuser.execute("GRANT reporting TO store_owner")
    superuser.execute("CREATE SCHEMA reports AUTHORIZATION reporting")
    superuser.execute("GRANT USAGE, CREATE ON SCHEMA reports TO store_owner")
    yield superuser
    superuser.execute("DROP OWNED BY reporting CASCADE")
    superuser.execute("DROP ROLE reporting")


def test_fifty_releases_come_out_as_planned(tree, store, reporting):
    """The files, what is rebuilt, of ours and of others, what is dropped and what is granted again."""
    chance = random.Random(20)
    product = Product(chance)
    write(tree, product)
    tree.deployed()
    reporting.execute("GRANT USAGE ON SCHEMA store TO reporting")
    reporting.execute("GRANT SELECT ON store.v1, store.v2, store.v3 TO reporting")
    seen: dict[str, int] = dict.fromkeys(TOLD, 0)
    for number in range(RELEASES):
        edits = chance.sample(EDIT_NAMES, EDITS)
        for edit in edits:
            getattr(product, edit)()
        write(tree, product)
        stranger_looks_at(reporting, product, number)
        theirs = dict(store.execute("SELECT relname, oid FROM pg_class WHERE relname LIKE 'theirs%'").fetchall())

        planned = tree.deploy("--plan", "--json")
        assert planned.json["error"] is None, (number, edits, planned.json["error"])
        before = dict(store.execute(OBJECTS).fetchall())
        done = tree.deployed("--json")
        after = dict(store.execute(OBJECTS).fetchall())

        case = (number, edits)
        assert planned.applied == done.applied, case
        told = {name: planned.json[name] for name in TOLD}
        assert told == {name: done.json[name] for name in TOLD}, case
        gone = {name for oid, name in before.items() if oid not in after}
        dropped_by_schema = {text.split()[-1].rstrip(";\n") for text in product.schema.values() if "DROP" in text}
        assert gone - dropped_by_schema <= {bare(name) for name in told["rebuilds"] + told["drops"]}, case
        assert {bare(name) for name in told["drops"]} == gone - set(after.values()), case
        now = dict(store.execute("SELECT relname, oid FROM pg_class WHERE relname LIKE 'theirs%'").fetchall())
        assert {bare(name) for name in told["rebuilds_of_others"]} == {n for n in theirs if theirs[n] != now[n]}, case
        assert tree.deploy("--plan").exit_code == 0, case
        if number % 5 == 4:
            verified = tree.deploy("--verify")
            assert verified.exit_code == 0, (case, verified.out)
        for name in TOLD:
            seen[name] += len(told[name])
    assert all(seen[name] > 3 for name in TOLD if name != "fills"), seen
    assert scalar(store, "SELECT count(*) FROM pg_proc WHERE proname ~ '^f[1-3]$'") == FUNCTIONS


def bare(name: str) -> str:
    return name.split("(")[0].split(" ")[-1].split(".")[-1]
