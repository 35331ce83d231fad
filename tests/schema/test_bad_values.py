"""No column takes a bad value: every text, amount, rate and instant of every table is tried.

The columns are found in the catalog, so none can be forgotten. Each is tried in a copy of its table
without triggers and keys, in a row of the demo store in which nothing else is changed: what refuses
the value is the column's domain or a CHECK that names it, of a number a CHECK that names nothing else.
"""

import re

import psycopg
import pytest
from psycopg import sql

# Made from a good text, so that nothing else is wrong with them.
BAD_TEXTS = {
    "empty": lambda good: "",
    "blank": lambda good: " ",
    "a blank before": lambda good: " " + good,
    "a blank behind": lambda good: good + " ",
    "a no-break space before": lambda good: "\u00a0" + good,
    "a no-break space behind": lambda good: good + "\u00a0",
    "an ideographic space behind": lambda good: good + "\u3000",
    "a zero-width space behind": lambda good: good + "\u200b",
    "a zero-width joiner before": lambda good: "\u200d" + good,
    "a byte order mark before": lambda good: "\ufeff" + good,
    "a soft hyphen behind": lambda good: good + "\u00ad",
    "a right-to-left override before": lambda good: "\u202e" + good,
    "a Hangul filler behind": lambda good: good + "\u3164",
    "an accent apart from its letter": lambda good: good + "e\u0301",
    "a tab inside": lambda good: good + "\t" + good,
    "a bell inside": lambda good: good + "\a" + good,
    "a delete inside": lambda good: good + "\x7f" + good,
    "a C1 control inside": lambda good: good + "\x9b" + good,
    "a carriage return inside": lambda good: good + "\r\n" + good,
    "a line separator inside": lambda good: good + "\u2028" + good,
    "a line break behind": lambda good: good + "\n",
    "too long for anybody": lambda good: good + "x" * 20001,
}
A_LINE_BREAK = {"a line break inside": lambda good: good + "\n" + good}
TEXTS_OF_LINES = {"prose", "reason"}

BAD_AMOUNTS = ["NaN", "Infinity", "-Infinity", "-0.01", "0.005", "1.255", "9999999999.995", "10000000000", "1e400"]
BAD_RATES = ["NaN", "Infinity", "-Infinity", "-0.00001", "0.000001", "0.081875", "1", "8.25"]
BAD_DAYS = ["infinity", "-infinity"]
BAD_INSTANTS = [*BAD_DAYS, "4714-11-24 00:00:00Z BC", "0999-12-31 23:59:59Z", "10000-01-01 00:00:00Z"]

# Columns that take a text the others refuse, each with its reason.
EMPTY_IS_THE_WHOLE_COUNTRY = {"empty"}
A_ROLE_S_NAME = set(BAD_TEXTS | A_LINE_BREAK)  # written by a default; a role may be called anything
LOOKED_UP = set(BAD_TEXTS | A_LINE_BREAK)  # a trigger or a key knows every name there is
THE_STORE_S_OWN_WORD = set(BAD_TEXTS | A_LINE_BREAK)  # functions of the store write it, nobody types it
EXCUSED = {
    "audit_log.changed_by": A_ROLE_S_NAME,
    "audit_log.table_name": THE_STORE_S_OWN_WORD,
    "call_keys.function_name": THE_STORE_S_OWN_WORD,
    "documents.region_code": EMPTY_IS_THE_WHOLE_COUNTRY,
    "order_audit.performed_by": A_ROLE_S_NAME,
    "order_transitions.from_status": LOOKED_UP,  # the table is read-only
    "order_transitions.to_status": LOOKED_UP,
    "orders.ship_to_region": EMPTY_IS_THE_WHOLE_COUNTRY,
    "stock_adjustments.performed_by": A_ROLE_S_NAME,
    "store_settings.region_code": EMPTY_IS_THE_WHOLE_COUNTRY,
    "store_settings.search_language": {"too long for anybody"},  # there is no such configuration
    "store_settings.time_zone": LOOKED_UP,  # tests/sql/01_schema/070_store_settings.sql
    "tax_rates.region_code": EMPTY_IS_THE_WHOLE_COUNTRY,
    "watermarks.time_zone": THE_STORE_S_OWN_WORD,  # a copy of the settings'
}
# The deploy's own books, which say of themselves what they hold.
DEPLOY_S = {"deployed_files", "deploy_log", "deployed_objects"}
# Added up by the store from columns that are tried.
SUMS = {
    "product_sales_rollup", "category_orders_rollup", "monthly_sales_rollup", "hourly_sales_rollup",
    "order_funnel_rollup", "product_pairs_rollup",
}  # fmt: skip

# What the demo store has no row of, or none in which everything may stand.
ROWS = {
    "audit_log": "INSERT INTO audit_log (table_name, operation) VALUES ('coupons', 'TRUNCATE')",
    "audit_seals": "SELECT seal_audit()",
    "call_keys": "INSERT INTO call_keys VALUES (sha256('once'), 'ship_order', sha256('a'), 1)",
    "order_event_consumers": "INSERT INTO order_event_consumers VALUES ('warehouse')",
    "order_event_positions": "INSERT INTO order_event_positions SELECT 1, min(id) FROM order_audit",
    "signing_keys": "INSERT INTO signing_keys VALUES ('first', NULL, NULL, now(), now())",
    "watermarks": "SELECT refresh_daily_sales()",
}

COLUMNS = """
    SELECT
        pg_class.relname,
        pg_attribute.attname,
        pg_type.typname,
        coalesce(nullif(pg_type.typbasetype, 0), pg_type.oid)::REGTYPE::TEXT AS base_type
    FROM pg_attribute
    INNER JOIN pg_class ON pg_attribute.attrelid = pg_class.oid
    INNER JOIN pg_type ON pg_attribute.atttypid = pg_type.oid
    WHERE
        pg_class.relnamespace = 'store'::REGNAMESPACE
        AND pg_class.relkind IN ('r', 'p') AND NOT pg_class.relispartition
        AND pg_attribute.attnum > 0 AND NOT pg_attribute.attisdropped
        AND pg_attribute.attgenerated = ''
    ORDER BY pg_class.relname, pg_attribute.attnum
"""
TEXTS = {"text", "character varying", "character"}
TRIED = TEXTS | {"numeric", "timestamp with time zone", "date"}
# Whole numbers and truth values have no bad ones of their own; of what a style's products differ in
# tells tests/sql/01_schema/115_styles.sql; no person types the others.
NOT_TRIED = {
    "bigint", "boolean", "bytea", "int8multirange", "integer", "interval", "jsonb", "pg_snapshot", "text[]", "tsvector",
    "xid8",
}  # fmt: skip


class Tables:
    """Copies of the store's tables to try values in."""

    def __init__(self, connection):
        """Look up the columns; copies are made as tables are asked for."""
        self.connection = connection
        columns = connection.execute(COLUMNS).fetchall()
        self.columns = [column for column in columns if column[0] not in DEPLOY_S | SUMS]
        self._copied = set()

    def of_type(self, *base_types):
        """The columns of these types: table, column, name of the type, what it is based on."""
        return [column for column in self.columns if column[3] in base_types]

    def good_text(self, table, column):
        """What a row has there, else a text almost any column takes."""
        self._copy(table)
        query = sql.SQL("SELECT {} FROM {} ORDER BY 1 LIMIT 1").format(sql.Identifier(column), self._name(table))
        return self.connection.execute(query).fetchone()[0] or "X"

    def takes(self, table, column, value):
        """Whether a row, one that has something there if any has, can be given the value."""
        self._copy(table)
        update = sql.SQL(
            "UPDATE {copy} SET {column} = %s WHERE ctid = (SELECT ctid FROM {copy} ORDER BY {column} LIMIT 1)"
        ).format(copy=self._name(table), column=sql.Identifier(column))
        try:
            with self.connection.transaction(force_rollback=True):
                self.connection.execute(update, [value])
        except psycopg.errors.CheckViolation as error:
            return not self._is_about(table, column, error.diag)
        except (
            psycopg.errors.StringDataRightTruncation,
            psycopg.errors.NumericValueOutOfRange,
            psycopg.errors.DatetimeFieldOverflow,
        ):
            return False
        return True

    def _is_about(self, table, column, told):
        """Whether a domain refused it, which can only be the column's, or a CHECK that is about the column."""
        is_number = (table, column) in {known[:2] for known in self.of_type("numeric")}
        if told.datatype_name is not None and not told.datatype_name.startswith("sound_"):
            return True
        if told.datatype_name is not None:
            rule = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contypid = %s::REGTYPE AND conname = %s"
            [(text,)] = self.connection.execute(rule, [told.datatype_name, told.constraint_name]).fetchall()
            mentioned = set(re.findall(r"\(VALUE\)\.(\w+)", text))
            return column in mentioned and (not is_number or len(mentioned) == 1)
        is_about = """
            SELECT attnum = ANY (conkey) AND (%s OR cardinality(conkey) = 1)
            FROM pg_constraint
            INNER JOIN pg_attribute ON attrelid = conrelid
            WHERE conrelid = %s::REGCLASS AND conname = %s AND attname = %s
        """
        return self.connection.execute(
            is_about, [not is_number, f"store.{table}", told.constraint_name, column]
        ).fetchone()[0]

    def _copy(self, table):
        """Make the copy."""
        if table in self._copied:
            return
        self._copied.add(table)
        if table in ROWS:
            self.connection.execute(ROWS[table])
        names = [sql.Identifier(column) for name, column, *_ in self.columns if name == table]
        parts = {
            "copy": self._name(table),
            "table": sql.Identifier(table),
            "columns": sql.SQL(", ").join(names),
        }
        self.connection.execute(
            sql.SQL("CREATE TEMPORARY TABLE {copy} (LIKE {table} INCLUDING CONSTRAINTS INCLUDING GENERATED)").format(
                **parts
            )
        )
        fill = sql.SQL("INSERT INTO {copy} ({columns}) SELECT {columns} FROM {table}").format(**parts)
        copied = self.connection.execute(fill)
        assert copied.rowcount > 0, f"there is no row of {table} to try values in: add one to ROWS"

    @staticmethod
    def _name(table):
        return sql.Identifier(f"copy_of_{table}")


def taken_texts(tables):
    """Which column takes which bad text."""
    for table, column, type_name, base_type in tables.of_type(*TEXTS):
        bad_texts = BAD_TEXTS if type_name in TEXTS_OF_LINES else BAD_TEXTS | A_LINE_BREAK
        if base_type == "character":  # whose blanks at the end are no part of it
            bad_texts = {name: bad for name, bad in bad_texts.items() if name != "a blank behind"}
        good = tables.good_text(table, column)
        assert tables.takes(table, column, good), f"{table}.{column} cannot be tried: a row for it belongs in ROWS"
        for name, made_from in bad_texts.items():
            if tables.takes(table, column, made_from(good)):
                yield f"{table}.{column}", name


def taken_amounts(tables):
    """Which amount takes which bad one; what is no rate is an amount."""
    for table, column, type_name, _ in tables.of_type("numeric"):
        if type_name != "share":
            for value in BAD_AMOUNTS:
                if tables.takes(table, column, value):
                    yield f"{table}.{column}", value


def taken_rates(tables):
    """Which rate takes which bad one."""
    for table, column, type_name, _ in tables.of_type("numeric"):
        if type_name == "share":
            for value in BAD_RATES:
                if tables.takes(table, column, value):
                    yield f"{table}.{column}", value


def taken_instants(tables):
    """Which instant takes one that no clock shows, which day one that is not finite."""
    for table, column, _, base_type in tables.of_type("timestamp with time zone", "date"):
        for value in BAD_DAYS if base_type == "date" else BAD_INSTANTS:
            if tables.takes(table, column, value):
                yield f"{table}.{column}", value


@pytest.fixture
def tables(seeded_store):
    """The demo store's tables."""
    return Tables(seeded_store)


def test_no_text_is_bad_but_where_the_reason_is_given(tables):
    taken = set(taken_texts(tables))
    assert sorted(taken - {(column, name) for column, names in EXCUSED.items() for name in names}) == []


def test_no_reason_is_given_in_vain(tables):
    taken = {column for column, _ in taken_texts(tables)}
    assert sorted(set(EXCUSED) - taken) == []


@pytest.mark.parametrize("taken", [taken_amounts, taken_rates, taken_instants])
def test_no_amount_rate_or_instant_is_bad(tables, taken):
    assert list(taken(tables)) == []


def test_every_type_of_column_is_tried_or_known_to_need_no_trial(tables):
    assert {base_type for *_, base_type in tables.columns} <= TRIED | NOT_TRIED


@pytest.mark.parametrize(
    ("domain", "constraint", "taken", "columns"),
    [
        ("label", "label_is_clean_text", taken_texts, {"customers.first_name", "shipments.carrier"}),
        ("reason", "reason_is_clean_lines", taken_texts, {"payments.reason", "orders.cancel_reason"}),
        (
            "amount", "amount_has_at_most_two_decimals_and_twelve_digits", taken_amounts,
            {"products.price", "payments.amount", "coupons.value"},
        ),
        ("share", "share_is_below_one_with_at_most_five_digits", taken_rates, {"tax_rates.rate", "order_items.tax_rate"}),
        ("instant", "instant_is_of_a_year_of_four_digits", taken_instants, {"orders.created_at", "shipments.delivered_at"}),
    ],
)  # fmt: skip
def test_a_domain_that_lost_its_rule_is_found(seeded_store, tables, domain, constraint, taken, columns):
    seeded_store.execute(f"ALTER DOMAIN {domain} DROP CONSTRAINT {constraint}")
    assert columns <= {column for column, _ in taken(tables)}


def test_a_new_column_cannot_be_forgotten(seeded_store):
    seeded_store.execute(
        "ALTER TABLE payments ADD COLUMN fee NUMERIC(12, 2), ADD COLUMN note TEXT, ADD COLUMN settled_at TIMESTAMPTZ"
    )
    tables = Tables(seeded_store)
    assert {("payments.fee", "NaN"), ("payments.fee", "-0.01")} <= set(taken_amounts(tables))
    assert {name for column, name in taken_texts(tables) if column == "payments.note"} == set(BAD_TEXTS | A_LINE_BREAK)
    assert [value for column, value in taken_instants(tables) if column == "payments.settled_at"] == BAD_INSTANTS
