"""A closed store answers whoever reads and refuses whoever writes: sessions that were connected before,
the owner's functions, superusers. A trigger on every table says so; making it waits for the writers of
that table, so that once all have it nothing is on its way. Replication, whose triggers are off, goes on.
"""

from functools import partial

from psycopg import sql

from deployment.ledger import TABLES
from deployment.moving.end import CLOSED, GUARD, End

MAKE_GUARD = """
CREATE OR REPLACE FUNCTION {schema}.{guard}() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $_refuse_while_moving$
BEGIN
    RAISE EXCEPTION '% on % is refused: %', lower(tg_op), tg_table_name, tg_argv[0]
    USING ERRCODE = 'read_only_sql_transaction', HINT = tg_argv[1];
END;
$_refuse_while_moving$;
REVOKE EXECUTE ON FUNCTION {schema}.{guard}() FROM PUBLIC;
ALTER FUNCTION {schema}.{guard}() OWNER TO {owner};"""
GUARD_TABLE = """
CREATE OR REPLACE TRIGGER {guard} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {schema}.{table}
FOR EACH STATEMENT EXECUTE FUNCTION {schema}.{guard}({why}, {instead})"""
GUARDED = f"""EXISTS (
    SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = '{GUARD}' AND NOT tgisinternal
)"""

MOVES = (
    "the store is being moved to another server",
    "Deploy when the move is over, on the new server, or end it first: python move.py … --abandon",
)
HAS_MOVED = (
    "the store moves, or has moved, to another server",
    "Look up anew where the store lives, and repeat it there with the same idempotency key.",
)
ARRIVES = ("the store is still on its way here", "It lives on the old server until the move is over.")


def make_guard(end: End, owner: str, phase: str) -> None:
    end.do(MAKE_GUARD, guard=GUARD, owner=owner)
    end.set_phase(phase)


def guard_table(end: End, table: str, words: tuple[str, str]) -> None:
    why, instead = map(sql.Literal, words)
    end.do(GUARD_TABLE, guard=GUARD, table=table, why=why, instead=instead)


def guard_ledger(end: End) -> None:
    """No deploy changes the store while it moves: what the schema is copied from stays as it is."""
    for table in sorted(set(TABLES) & set(end.tables())):
        guard_table(end, table, MOVES)


def close(end: End) -> int:
    """Close the old store, a table at a time, so that nobody waits for two. Return how many sessions
    had kept a table locked and were disconnected."""
    ended = 0
    # Where most writers begin, first: they are then refused before they have done anything.
    for table in sorted(end.tables(), key=lambda name: name not in ("orders", "payments")):
        ended += end.when_free(partial(guard_table, end, table, HAS_MOVED))
    end.set_phase(CLOSED)
    return ended


def reopen(end: End) -> None:
    """Take the guard away, a table at a time."""
    for table in end.relations(GUARDED):
        drop = partial(end.do, "DROP TRIGGER {guard} ON {schema}.{table}", guard=GUARD, table=table)
        end.when_free(drop, also_readers=True)
    end.do("DROP FUNCTION IF EXISTS {schema}.{guard}()", guard=GUARD)
