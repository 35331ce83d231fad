"""Every house rule of tests/sql/catalog_*.sql is seen to fail: offence listed, cured, listed no more."""

import re

import pytest

from tests.sql_file import SqlFile, run_sql_file

FUNCTION = "CREATE FUNCTION offence() RETURNS INT LANGUAGE plpgsql {} AS 'BEGIN RETURN 1; END'"

# What the rule says: the offence and its cure.
OFFENCES = {
    "every foreign key has a full, valid index that leads with it, in its order": (
        "CREATE TABLE offence (order_id INT, line_no INT,"
        " FOREIGN KEY (order_id, line_no) REFERENCES order_items (order_id, line_no));"
        "CREATE INDEX offence_idx ON offence (line_no, order_id);"
        "CREATE INDEX offence_order_id_idx ON offence (order_id, line_no) WHERE order_id > 0",
        "CREATE INDEX offence_order_id_idx1 ON offence (order_id, line_no)",
    ),
    "every constraint is validated": (
        "ALTER TABLE coupons ADD CONSTRAINT coupons_code_is_short CHECK (length(coupon_code) < 999) NOT VALID",
        "ALTER TABLE coupons VALIDATE CONSTRAINT coupons_code_is_short",
    ),
    "every CHECK is named for the fact it states": (
        "ALTER TABLE coupons ADD CHECK (length(coupon_code) < 999)",
        "ALTER TABLE coupons RENAME CONSTRAINT coupons_coupon_code_check TO coupons_code_is_short",
    ),
    "every index is valid and, unless it states a fact by being unique, named as one": (
        "CREATE INDEX by_quantity ON returns (quantity)",
        "ALTER INDEX by_quantity RENAME TO returns_quantity_idx",
    ),
    "every trigger is enabled": (
        "CREATE TABLE offence (number INT);"
        "CREATE TRIGGER offence BEFORE UPDATE ON offence FOR EACH ROW"
        " EXECUTE FUNCTION suppress_redundant_updates_trigger();"
        "ALTER TABLE offence DISABLE TRIGGER offence",
        "ALTER TABLE offence ENABLE TRIGGER offence",
    ),
    "money is an AMOUNT and a rate a SHARE": (
        "CREATE TABLE offence (price NUMERIC(12, 2), balance NUMERIC, fee FLOAT, tax_rate SHARE)",
        "ALTER TABLE offence ALTER price TYPE AMOUNT, DROP balance, DROP fee,"
        " ADD balance NUMERIC GENERATED ALWAYS AS (-price) STORED",
    ),
    "a moment is an INSTANT": (
        "CREATE TABLE offence (sold_at TIMESTAMP, sent_at TIMESTAMPTZ)",
        "ALTER TABLE offence ALTER sold_at TYPE INSTANT, ALTER sent_at TYPE INSTANT",
    ),
    "a number the store gives out is GENERATED ALWAYS AS IDENTITY": (
        "CREATE TABLE offence (number SERIAL)",
        "ALTER TABLE offence ALTER number DROP DEFAULT; DROP SEQUENCE offence_number_seq;"
        "ALTER TABLE offence ALTER number ADD GENERATED ALWAYS AS IDENTITY",
    ),
    "every function pins its search_path or has a body bound when it was created": (
        FUNCTION.format("SET search_path = pg_temp, store"),
        FUNCTION.format("SET search_path FROM CURRENT").replace("CREATE", "CREATE OR REPLACE", 1),
    ),
    "what forbids a plan forbids the JIT": (
        FUNCTION.format("SET search_path FROM CURRENT SET enable_sort = off"),
        "ALTER FUNCTION offence SET jit = off",
    ),
    "what writes a backslash says how it is read": (
        r"CREATE FUNCTION offence() RETURNS BOOLEAN LANGUAGE plpgsql SET search_path FROM CURRENT"
        r" AS $$ BEGIN RETURN 'a b' ~ '\s'; END $$",
        "ALTER FUNCTION offence SET standard_conforming_strings = on",
    ),
    "every SECURITY DEFINER function pins its search_path": (
        "CREATE FUNCTION offence() RETURNS INT LANGUAGE sql SECURITY DEFINER RETURN 1",
        "ALTER FUNCTION offence SET search_path FROM CURRENT",
    ),
    "no function is overloaded": (
        "CREATE FUNCTION offence() RETURNS INT LANGUAGE sql RETURN 1;"
        "CREATE FUNCTION offence(p_number INT) RETURNS INT LANGUAGE sql RETURN 2",
        "DROP FUNCTION offence(INT)",
    ),
    "no function whose body is bound when it is created takes a row of a table": (
        "CREATE FUNCTION offence(p_order ORDERS) RETURNS INT LANGUAGE sql RETURN 1",
        "DROP FUNCTION offence(ORDERS)",
    ),
    "every view reads with the rights of whoever asks": (
        "CREATE VIEW offence AS SELECT order_id FROM orders",
        "ALTER VIEW offence SET (security_invoker = TRUE)",
    ),
    "every table has a comment": (
        "CREATE TABLE offence ()",
        "COMMENT ON TABLE offence IS 'Nothing.'",
    ),
    "every view has a comment": (
        "CREATE MATERIALIZED VIEW offence AS SELECT 1 AS number",
        "COMMENT ON MATERIALIZED VIEW offence IS 'One row.'",
    ),
    "every function has a comment": (
        "CREATE FUNCTION offence() RETURNS INT LANGUAGE sql RETURN 1",
        "COMMENT ON FUNCTION offence IS 'One.'",
    ),
    "every domain and type has a comment": (
        "CREATE DOMAIN offence AS INT; CREATE TYPE pair AS (one INT, other INT)",
        "COMMENT ON DOMAIN offence IS 'A number.'; COMMENT ON TYPE pair IS 'Two of them.'",
    ),
    "every policy is named for its table, its command and whose rows it shows": (
        "CREATE POLICY own ON returns USING (TRUE)",
        "ALTER POLICY own ON returns RENAME TO returns_all_everyones",
    ),
    "everything belongs to the owner of the schema": (
        "CREATE TABLE offence (number INT); ALTER TABLE offence OWNER TO pg_database_owner",
        "ALTER TABLE offence OWNER TO store_owner",
    ),
    "PUBLIC may execute no function": (
        "CREATE FUNCTION offence() RETURNS INT LANGUAGE sql RETURN 1",
        "REVOKE EXECUTE ON FUNCTION offence FROM PUBLIC",
    ),
    "PUBLIC may read or write no table, view or sequence": (
        "GRANT SELECT ON order_transitions TO PUBLIC",
        "REVOKE SELECT ON order_transitions FROM PUBLIC",
    ),
    "PUBLIC may read or write no column": (
        "GRANT SELECT (sku) ON products TO PUBLIC",
        "REVOKE SELECT (sku) ON products FROM PUBLIC",
    ),
    "PUBLIC may not enter the schema": (
        "GRANT USAGE ON SCHEMA store TO PUBLIC",
        "REVOKE USAGE ON SCHEMA store FROM PUBLIC",
    ),
    "PUBLIC may use no type": (
        "CREATE TYPE offence AS ENUM ('a')",
        "REVOKE USAGE ON TYPE offence FROM PUBLIC",
    ),
    "PUBLIC will reach nothing that is made later": (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA store GRANT SELECT ON TABLES TO PUBLIC",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA store REVOKE SELECT ON TABLES FROM PUBLIC",
    ),
    "a group role has no rights but those the store grants it": (
        "ALTER ROLE shop_analyst LOGIN",
        "ALTER ROLE shop_analyst NOLOGIN",
    ),
    "customers see and write the rows of customers only through policies": (
        "CREATE TABLE offence (order_id INT); GRANT SELECT (order_id) ON offence TO shop_customer",
        "ALTER TABLE offence ENABLE ROW LEVEL SECURITY",
    ),
    "no table hides rows from its owner, whose functions and dumps must see them all": (
        "ALTER TABLE orders FORCE ROW LEVEL SECURITY",
        "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY",
    ),
}

RULES = {
    rule: file
    for file in sorted(SqlFile.ROOT.glob("catalog_*.sql"))
    for rule in re.findall(r"^\$\$, '(.+)'\);$", file.read_text(), re.MULTILINE)
}


def test_every_rule_has_its_offence():
    assert sorted(RULES) == sorted(OFFENCES)


@pytest.mark.parametrize("rule", OFFENCES)
def test_an_offence_is_listed_until_it_is_cured(pgtap_database, rule):
    offence, cure = OFFENCES[rule]
    with pgtap_database.connect(None) as superuser:
        superuser.execute(offence)
        try:
            assert is_listed(rule, pgtap_database)
        finally:
            superuser.execute(cure)  # whatever happens: group roles belong to the whole server
        assert not is_listed(rule, pgtap_database)


def is_listed(rule, database):
    """Whether the rule's file reports the rule as broken."""
    failures = run_sql_file(RULES[rule], database)
    return any(re.match(rf"not ok \d+ - {re.escape(rule)}(\n|$)", failure) for failure in failures)
