"""Makes a store ready for the shop: a login for each task with the least it needs, a signing key, and front.sql."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

HERE = Path(__file__).resolve().parent
PEOPLE = ["starbuck", "stubb"]  # of the back office; a shop of some size keeps a table of them
MAY = {
    "shopper": [
        "GRANT shop_customer TO {}",
        "GRANT EXECUTE ON FUNCTION add_address(JSONB), offered_in(INT), product_label(INT) TO {}",
    ],
    "desk": ["GRANT shop_staff TO {}"],
    **{f"desk_{person}": ["GRANT shop_staff TO {}"] for person in PEOPLE},
    "webhook": [
        "GRANT EXECUTE ON FUNCTION order_id_of(TEXT) TO {}",
        "GRANT EXECUTE ON FUNCTION record_payment(INT, TEXT, TEXT, NUMERIC, TEXT, TIMESTAMPTZ) TO {}",
        "GRANT EXECUTE ON FUNCTION record_chargeback(INT, TEXT, TEXT, NUMERIC, TEXT, TIMESTAMPTZ) TO {}",
    ],
    "signup": ["GRANT EXECUTE ON FUNCTION sign_in(TEXT) TO {}"],
    "scheduler": ["GRANT EXECUTE ON FUNCTION run_maintenance() TO {}"],
}
LIMITS = "-cstatement_timeout=10s -clock_timeout=3s -cidle_in_transaction_session_timeout=10s"


@dataclass(frozen=True)
class Settings:
    """How the shop gets into its store, and what it signs with. Whoever has these is the shop."""

    schema: str
    logins: dict[str, str]  # a connection string each
    key_id: str
    signing_secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))  # of session tokens
    cookie_secret: str = field(default_factory=secrets.token_hex)
    webhook_secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    staff_passwords: dict[str, str] = field(
        default_factory=lambda: {person: secrets.token_urlsafe(9) for person in PEOPLE}
    )
    token_lifetime: int = 7200  # seconds
    webhook_delay: float = 5  # seconds; how late the stand-in provider is


def make_ready(owner: psycopg.Connection, dsn: str, schema: str) -> Settings:
    """Do it as the store's owner, who may make roles; again whenever the shop starts, with new secrets."""
    front = f"{schema}_front"
    path = sql.SQL("{}, {}, pg_temp").format(sql.Identifier(front), sql.Identifier(schema))
    logins = {}
    with owner.transaction():
        owner.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(front)))
        owner.execute(sql.SQL("SET LOCAL search_path = {}").format(path))
        owner.execute((HERE / "front.sql").read_bytes())
        for task, grants in MAY.items():
            name, password = f"{schema}_{task}", secrets.token_hex()
            login = sql.Identifier(name)
            if owner.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchone() is None:
                owner.execute(sql.SQL("CREATE ROLE {}").format(login))
            owner.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(login, password))
            schemas = sql.SQL(", ").join(map(sql.Identifier, [schema, front]))
            owner.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schemas, login))
            for grant in grants:
                owner.execute(sql.SQL(grant).format(login))
            options = f"{LIMITS} -csearch_path={front},{schema},pg_temp"
            logins[task] = make_conninfo(dsn, user=name, password=password, options=options)
        settings = Settings(schema, logins, f"shop-{secrets.token_hex(4)}")
        owner.execute(
            "SELECT retire_signing_key(key_id) FROM signing_keys WHERE key_id LIKE 'shop-%' AND retired_at IS NULL"
        )
        owner.execute("SELECT set_signing_key(%s, %s)", [settings.key_id, settings.signing_secret])
    return settings
