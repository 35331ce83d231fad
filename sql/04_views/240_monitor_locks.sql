-- Who waits for whom, and who is at the head of the queue. One row a pair: ending the root, not
-- the nearest blocker, frees everybody behind it.

CREATE OR REPLACE VIEW monitor_locks WITH (security_invoker = TRUE) AS
WITH RECURSIVE waits AS MATERIALIZED (
    SELECT DISTINCT
        waiting.pid AS blocked_pid,
        blocker.pid AS blocking_pid
    FROM pg_stat_activity AS waiting
    CROSS JOIN LATERAL unnest(pg_blocking_pids(waiting.pid)) AS blocker (pid)
    WHERE waiting.wait_event_type = 'Lock' AND waiting.datname = current_database()
),

-- From each head backwards, a step at a time: of a hundred who queue at one row, each waits for all
-- before it, and there are more ways through than can be counted. A deadlock not yet broken has no
-- head, and would go round for ever behind one.
queued AS (
    SELECT
        blocking_pid AS root_pid,
        blocking_pid AS pid,
        0 AS depth
    FROM waits
    WHERE blocking_pid <> ALL(ARRAY(SELECT every.blocked_pid FROM waits AS every))
    UNION
    SELECT
        queued.root_pid,
        waits.blocked_pid AS pid,
        queued.depth + 1 AS depth
    FROM queued
    INNER JOIN waits ON queued.pid = waits.blocking_pid
    WHERE queued.depth < (SELECT count(DISTINCT every.blocked_pid) FROM waits AS every)
),

-- Of several heads, the one that is furthest off.
heads AS (
    SELECT DISTINCT ON (pid)
        pid,
        root_pid,
        depth
    FROM queued
    ORDER BY pid ASC, depth DESC, root_pid ASC
),

awaited_locks AS (
    SELECT DISTINCT ON (pid)
        pid,
        mode,
        waitstart,
        coalesce(relation::REGCLASS::TEXT, locktype) AS awaited
    FROM pg_locks
    WHERE NOT granted
    ORDER BY pid, waitstart
)

SELECT
    waits.blocked_pid,
    blocked.usename AS blocked_role,
    blocked.query AS blocked_query,
    awaited_locks.awaited,
    awaited_locks.mode AS awaited_mode,
    awaited_locks.waitstart AS waiting_since,
    waits.blocking_pid,
    blocking.usename AS blocking_role,
    blocking.state AS blocking_state,
    blocking.query AS blocking_query,
    blocking.xact_start AS blocking_since,
    heads.root_pid,
    heads.depth + 1 AS depth
FROM waits
INNER JOIN pg_stat_activity AS blocked ON waits.blocked_pid = blocked.pid
LEFT JOIN pg_stat_activity AS blocking ON waits.blocking_pid = blocking.pid
LEFT JOIN heads ON waits.blocking_pid = heads.pid
LEFT JOIN awaited_locks ON waits.blocked_pid = awaited_locks.pid;
COMMENT ON VIEW monitor_locks IS
'Sessions of this database that wait for a lock, a row for each session each waits for. Every wait
is shown, however short: no threshold.';
COMMENT ON COLUMN monitor_locks.awaited IS
'The relation, or the kind of lock where it is none: transactionid is a row another has changed.';
COMMENT ON COLUMN monitor_locks.waiting_since IS 'NULL in the first moments of a wait.';
COMMENT ON COLUMN monitor_locks.blocking_pid IS 'Who holds it up; 0 is a prepared transaction.';
COMMENT ON COLUMN monitor_locks.blocking_state IS
'idle in transaction: it holds the lock and does nothing.';
COMMENT ON COLUMN monitor_locks.blocking_query IS 'Its current, or when idle its last, statement.';
COMMENT ON COLUMN monitor_locks.root_pid IS
'The head of the queue: it waits for nobody. NULL in a deadlock that is not broken yet.';
COMMENT ON COLUMN monitor_locks.depth IS
'How many sessions stand before it, the root included; NULL without one.';
