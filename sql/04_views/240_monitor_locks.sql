-- Who waits for whom, and who is at the head of the queue. One row a pair: ending the root, not
-- the nearest blocker, frees everybody behind it.

CREATE OR REPLACE VIEW monitor_locks WITH (security_invoker = TRUE) AS
WITH RECURSIVE waits AS MATERIALIZED (
    SELECT
        waiting.pid AS blocked_pid,
        blocker.pid AS blocking_pid
    FROM pg_stat_activity AS waiting
    CROSS JOIN LATERAL unnest(pg_blocking_pids(waiting.pid)) AS blocker (pid)
    WHERE waiting.wait_event_type = 'Lock' AND waiting.datname = current_database()
),

-- From each wait towards the head; a deadlock not yet broken has none and ends where it began.
chains AS (
    SELECT
        blocked_pid,
        blocking_pid,
        ARRAY[blocked_pid, blocking_pid] AS path
    FROM waits
    UNION ALL
    SELECT
        chains.blocked_pid,
        chains.blocking_pid,
        chains.path || waits.blocking_pid AS path
    FROM chains
    INNER JOIN waits ON chains.path[cardinality(chains.path)] = waits.blocked_pid
    WHERE waits.blocking_pid <> ALL(chains.path)
),

longest_chains AS (
    SELECT DISTINCT ON (blocked_pid, blocking_pid)
        blocked_pid,
        blocking_pid,
        path
    FROM chains
    ORDER BY blocked_pid ASC, blocking_pid ASC, cardinality(path) DESC, path
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
    longest_chains.blocked_pid,
    blocked.usename AS blocked_role,
    blocked.query AS blocked_query,
    awaited_locks.awaited,
    awaited_locks.mode AS awaited_mode,
    awaited_locks.waitstart AS waiting_since,
    longest_chains.blocking_pid,
    blocking.usename AS blocking_role,
    blocking.state AS blocking_state,
    blocking.query AS blocking_query,
    blocking.xact_start AS blocking_since,
    longest_chains.path[cardinality(longest_chains.path)] AS root_pid,
    cardinality(longest_chains.path) - 1 AS depth
FROM longest_chains
INNER JOIN pg_stat_activity AS blocked ON longest_chains.blocked_pid = blocked.pid
LEFT JOIN pg_stat_activity AS blocking ON longest_chains.blocking_pid = blocking.pid
LEFT JOIN awaited_locks ON longest_chains.blocked_pid = awaited_locks.pid;
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
COMMENT ON COLUMN monitor_locks.root_pid IS 'The head of the queue: it waits for nobody.';
COMMENT ON COLUMN monitor_locks.depth IS 'How many sessions stand before it, the root included.';
