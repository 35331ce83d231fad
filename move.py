"""Moves a store to another PostgreSQL server while it sells: by logical replication, from 15 or later to
15 or later, so that it is also the way to a newer PostgreSQL. Orders are refused for a moment, not lost.

    python move.py --from 'host=a dbname=shop user=postgres' --to 'host=b dbname=shop user=postgres' --dry-run

Both are superusers' connections to databases that exist; the new server reaches the old one as --from
says, or as --from-there says. The old server needs wal_level = logical. Until the switch nobody notices:
the schema is copied (with its rights, and the roles and settings that it needs), then the rows, then
whatever is written. --follow stops there. The switch closes the old store, also to sessions that were
connected before, to poolers and to its owner; waits for the last row; opens the new one. Whoever writes
to the old one is refused with 25006, as by a standby, and repeats it on the new one with the same
idempotency key; send nobody there before it is open, which is when --then is run. The old store stays
there, closed, to be read or dropped.

Broken off anywhere, run it again: it goes on where it was. Before the switch is over, --abandon goes
back. After it, move the store back the same way, --replace in place of what was left there. Do not
change the schema in between: a deploy is refused while the store moves.

exit codes: 0 done, 1 failed (what is said last tells how to go on), 2 wrong usage, 3 there is something
to do (--dry-run)
"""

import argparse
import subprocess
import sys
import time

import psycopg

from deploy import Parser, given, schema_name
from deployment.errors import DeployError, first_line, without_passwords
from deployment.moving.closing import close
from deployment.moving.end import ARRIVING, CLOSED, MOVED, End
from deployment.moving.following import (
    announce,
    copy_schema,
    fill_pictures,
    is_announced,
    is_subscribed,
    make_slot,
    name_of_move,
    note_of,
    subscribe,
    wait_until_followed,
)
from deployment.moving.prerequisites import check
from deployment.moving.roles import bring_roles, missing_roles
from deployment.moving.switching import (
    abandon,
    clean_up,
    open_new,
    require_same_tables,
    seal,
    seal_the_first,
    unsubscribe,
    wait_for_the_end_of_the_log,
)
from deployment.report import write

UNNOTICED = "nobody has noticed; to go back: --abandon"
MOVE_BACK = "to go back: move the store back, with --replace"
STEPS = {
    "roles": ("Roles, logins and settings the new server lacks", "they harm nobody there"),
    "announce": ("Publish the tables; refuse deploys until the move is over", UNNOTICED),
    "schema": ("Copy the schema, closed to everybody but the move", UNNOTICED),
    "rows": ("Copy the rows, and follow what is written", UNNOTICED),
    "pictures": ("Fill the materialised views, gather statistics", UNNOTICED),
    "close": ("Close the old store and wait for its last row", "to go back, in a moment: --abandon"),
    "open": ("Open the new store", MOVE_BACK),
    "clean": ("Refresh the reports; drop publication and slot on the old server", MOVE_BACK),
}
SWITCH = ("close", "open", "clean")
AGAIN = "Run move.py again: it goes on where it was; or go back with --abandon."


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    try:
        old = End(options.old, options.schema, "old")
        with old.connection:
            new = End(options.new, options.schema, "new")
            with new.connection:
                return Move(old, new, options).run()
    except DeployError as error:
        return failed(str(error), error.fields["hint"], error.exit_code)
    except psycopg.Error as error:
        return failed(first_line(error), AGAIN, 1)
    except KeyboardInterrupt:
        return failed("interrupted", AGAIN, 1)


def failed(message: str, hint: str | None, exit_code: int) -> int:
    write(sys.stderr, "\n".join(filter(None, [f"move.py: {without_passwords(message)}", hint])))
    return exit_code


def say(text: str) -> None:
    """Not by print(): a reader that has left must not end a move, least of all while the store is closed."""
    write(sys.stdout, text)


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = Parser("move.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add, mode = parser.add_argument, parser.add_mutually_exclusive_group()
    add("--from", dest="old", type=given, metavar="DSN", required=True, help="the store's database on the old server")
    add("--to", dest="new", type=given, metavar="DSN", required=True, help="its database on the new one")
    add("--from-there", type=given, metavar="DSN", help="how the new server reaches the old database (as --from)")
    add("--schema", type=schema_name, default="store", help="where the store lives on both (store)")
    add("--replace", action="store_true", help="drop what an earlier move has left on the new server")
    add("--then", metavar="COMMAND", help="run once the new store is open, such as what tells the pooler where it is")
    mode.add_argument("--dry-run", action="store_true", help="say what is done and what is to do; change nothing")
    mode.add_argument("--follow", action="store_true", help="stop before the switch; the new server follows")
    mode.add_argument("--abandon", action="store_true", help="go back to the old server alone")
    return parser.parse_args(arguments)


class Move:
    """A move as the two catalogs show it."""

    def __init__(self, old: End, new: End, options: argparse.Namespace):
        self.old, self.new, self.options = old, new, options
        self.name = name_of_move(old)
        self.closed_at: float | None = None

    def run(self) -> int:
        if self.old.identity == self.new.identity:
            raise DeployError("--from and --to are the same database", exit_code=2)
        if not self.old.exists():
            raise DeployError(f"there is no schema {self.old.schema} on the old server", exit_code=2)
        if not self.old.one("SELECT pg_try_advisory_lock(hashtext('move.py'), hashtext(%s))", [self.name])[0]:
            raise DeployError("another move.py is at work on this store")
        to_do = self.to_do()
        if self.options.abandon:
            return self.abandon(to_do)
        if "announce" in to_do:
            check(self.old, self.new)
        left_out = SWITCH if self.options.follow else ()
        to_do = [step for step in to_do if step not in left_out]
        for step, (what, way_back) in STEPS.items():
            if self.options.dry_run or step not in to_do:
                sign = "to do" if step in to_do else "-" if step in left_out else "done"
                say(f"{sign:5}  {what}")
                continue
            say(f"now    {what}")
            getattr(self, step)()
            say(f"done   {way_back}")
        return 3 if self.options.dry_run and to_do else 0

    def to_do(self) -> list[str]:
        """The steps that are left, by what is found on the two servers."""
        phase, arriving = self.old.phase(), self.new.phase() == f"{ARRIVING} {self.name}"
        if phase is None or not is_announced(self.old, self.name):
            if phase == MOVED:
                raise DeployError("the store has moved away from the old server already", exit_code=2)
            if not self.new.is_empty() and not (self.new.phase() == MOVED and self.options.replace):
                hint = "If an earlier move has left it there: --replace." if self.new.phase() == MOVED else ""
                raise DeployError(f"there is a schema {self.new.schema} on the new server already", hint, 2)
            return list(STEPS)
        if note_of(self.old, self.name)["to"] != self.new.identity:
            raise DeployError(
                "the store is on its way to another server", "Name that one, or go back there: --abandon."
            )
        if phase == CLOSED and not arriving and self.new.exists():
            return ["clean"]
        if phase == CLOSED and arriving and not is_subscribed(self.new, self.name):
            return ["open", "clean"]
        return list(STEPS)[list(STEPS).index("rows" if arriving else "schema") :]

    def abandon(self, to_do: list[str]) -> int:
        if to_do == ["clean"]:
            raise DeployError("the new store is open", "Move it back: exchange --from and --to, with --replace.")
        if self.old.phase() is None and not is_announced(self.old, self.name):
            say("No move is under way.")
            return 0
        abandon(self.old, self.new, self.name, say)
        say("The store is on the old server, as before, and open.")
        return 0

    # The steps; each may be done again

    def roles(self) -> None:
        for name in missing_roles(self.old, self.new):
            say(f"       role {name}")
        bring_roles(self.old, self.new)

    def announce(self) -> None:
        announce(self.old, self.new, self.name)

    def schema(self) -> None:
        make_slot(self.old, self.name)
        copy_schema(self.old, self.new, self.name, self.options.replace)

    def rows(self) -> None:
        if not is_subscribed(self.new, self.name):
            subscribe(self.old, self.new, self.name, self.options.from_there)
        self.new.execute(f"ALTER SUBSCRIPTION {self.name} ENABLE")
        wait_until_followed(self.old, self.new, self.name, lambda text: say(f"       {text}"))

    def pictures(self) -> None:
        fill_pictures(self.new)
        wait_until_followed(self.old, self.new, self.name, say)

    def close(self) -> None:
        require_same_tables(self.old, self.new)
        seal(self.old)
        self.closed_at = time.monotonic()
        if ended := close(self.old):
            say(f"       {ended} sessions that kept a table locked were disconnected")
        seal_the_first(self.old)
        wait_for_the_end_of_the_log(self.old, self.new, self.name)
        unsubscribe(self.new, self.name)

    def open(self) -> None:
        open_new(self.old, self.new, self.name)
        if self.closed_at is not None:
            say(f"       the store was closed for {time.monotonic() - self.closed_at:.2f} s")

    def clean(self) -> None:
        is_told = not self.options.then or subprocess.run(self.options.then, shell=True).returncode == 0
        if not is_told:
            write(sys.stderr, "       --then failed: see to it that whoever orders is sent to the new server")
        # The pictures are of when they were filled: anew, now that the last row is there.
        refresh = "SELECT to_regprocedure(%s) IS NOT NULL"
        if self.new.one(refresh, [f"{self.new.schema}.refresh_reports()"])[0]:
            self.new.as_owner("PERFORM {schema}.refresh_reports()")
        clean_up(self.old, self.name)
        if not is_told:
            raise DeployError("the store has moved, but --then failed", "Send whoever orders to the new server.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
