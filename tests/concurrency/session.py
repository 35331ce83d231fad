"""A real session of a concurrency test: a connection whose statements may wait in the background.

    first, second = open_session(), open_session()
    first.execute("SELECT cancel_order(1001, 'changed my mind')")
    second.start("SELECT ship_order(1001, 'DHL', 'X1')")
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.sqlstate() == "ST005"

A wait is observed in the server, never assumed after a while. Deadlines only end a test that hangs;
no test's outcome depends on how long something took.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError, as_completed, wait
from time import monotonic

import psycopg

DEADLINE = 60.0  # seconds after which a test that hangs is given up


class Session:
    """A connection, in a transaction from its first statement until `commit` or `rollback`."""

    def __init__(self, dsn: str, observer: psycopg.Connection):
        """Connect to `dsn`; `observer` is a superuser's connection that watches the locks."""
        self.connection = psycopg.connect(dsn)
        self.pid = self.connection.info.backend_pid
        self._observer = observer
        self._background = ThreadPoolExecutor(max_workers=1)
        self._started: Future | None = None

    def execute(self, query, parameters=None) -> list[tuple] | None:
        """Run a statement and return its rows, None where it has none."""
        self.start(query, parameters)
        return self.result()

    def start(self, query, parameters=None) -> None:
        """Run a statement in the background; `result` or `sqlstate` collects how it ended."""
        assert not self.is_running(), f"session {self.pid} still runs its last statement"
        self._started = self._background.submit(self._run, query, parameters)

    @property
    def _last(self) -> Future:
        """The statement last started."""
        assert self._started is not None, f"session {self.pid} has started nothing"
        return self._started

    def is_running(self) -> bool:
        """Whether the statement last started has not ended yet."""
        return self._started is not None and not self._started.done()

    def result(self) -> list[tuple] | None:
        """The rows of the statement last started, None where it has none; raises its error."""
        try:
            return self._last.result(DEADLINE)
        except TimeoutError:
            raise AssertionError(
                f"session {self.pid} got no answer in {DEADLINE:.0f} s, blocked by {self._blocking_pids()}"
            ) from None

    def sqlstate(self) -> str:
        """The SQLSTATE the statement last started ended with: 00000 where it succeeded."""
        try:
            self.result()
        except psycopg.Error as error:
            return error.sqlstate or str(error)  # a lost connection has no SQLSTATE
        return "00000"

    def wait_until_blocked_by(self, *others: "Session") -> None:
        """Return once the statement last started waits for a lock one of the others holds."""
        pids = {other.pid for other in others}
        given_up_at = monotonic() + DEADLINE
        while not pids.intersection(self._blocking_pids()):
            assert self.is_running(), (
                f"session {self.pid} never waited for {sorted(pids)}: its statement ended with {self.sqlstate()}"
            )
            assert monotonic() < given_up_at, (
                f"session {self.pid} does not wait for {sorted(pids)} but for {self._blocking_pids() or 'nobody'}"
            )
            wait([self._last], timeout=0.01)  # ends at once if the statement does

    def commit(self) -> None:
        """Commit the transaction."""
        self.connection.commit()

    def rollback(self) -> None:
        """Roll the transaction back."""
        self.connection.rollback()

    def close(self) -> None:
        """Disconnect, and end a statement that still runs or waits."""
        if self.is_running():
            self._observer.execute("SELECT pg_terminate_backend(%s)", [self.pid])
        self._background.shutdown(wait=True)
        self.connection.close()

    def _run(self, query, parameters) -> list[tuple] | None:
        cursor = self.connection.execute(query, parameters)
        return cursor.fetchall() if cursor.description else None

    def _blocking_pids(self) -> list[int]:
        return self._observer.execute("SELECT pg_blocking_pids(%s)", [self.pid]).fetchone()[0]


def as_they_end(sessions: list[Session]) -> Iterator[Session]:
    """Yield each session when the statement it last started has ended, whoever ends first first."""
    session_of = {session._last: session for session in sessions}
    for ended in as_completed(session_of, timeout=DEADLINE):
        yield session_of[ended]
