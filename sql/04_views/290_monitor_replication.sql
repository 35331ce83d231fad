-- How far behind the standbys and the archive are, and what a forgotten slot keeps. The same view
-- on the primary and on a standby, where it also tells how far behind that one is.

CREATE OR REPLACE VIEW monitor_replication WITH (security_invoker = TRUE) AS
WITH here AS (
    SELECT
        CASE
            WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()
            ELSE pg_current_wal_lsn()
        END AS lsn
),

streams AS (
    SELECT
        'standby' AS kind,
        coalesce(
            nullif(pg_stat_replication.application_name, ''), pg_stat_replication.pid::TEXT
        ) AS name,
        pg_stat_replication.state,
        pg_wal_lsn_diff(here.lsn, pg_stat_replication.replay_lsn)::BIGINT AS lag_bytes,
        pg_stat_replication.replay_lag AS lag
    FROM pg_stat_replication
    CROSS JOIN here
    UNION ALL
    SELECT
        'slot' AS kind,
        pg_replication_slots.slot_name::TEXT AS name,
        CASE
            WHEN pg_replication_slots.active THEN 'active'
            WHEN pg_replication_slots.wal_status = 'lost' THEN 'lost'
            ELSE 'inactive'
        END AS state,
        pg_wal_lsn_diff(here.lsn, pg_replication_slots.restart_lsn)::BIGINT AS lag_bytes,
        NULL AS lag
    FROM pg_replication_slots
    CROSS JOIN here
    UNION ALL
    SELECT
        'this standby' AS kind,
        current_setting('cluster_name') AS name,
        coalesce(pg_stat_wal_receiver.status, 'not receiving') AS state,
        pg_wal_lsn_diff(here.lsn, pg_last_wal_replay_lsn())::BIGINT AS lag_bytes,
        -- With everything replayed there is no lag, however long the primary has been quiet.
        CASE
            WHEN here.lsn > pg_last_wal_replay_lsn() THEN now() - pg_last_xact_replay_timestamp()
        END AS lag
    FROM here
    LEFT JOIN pg_stat_wal_receiver ON TRUE
    WHERE pg_is_in_recovery()
    UNION ALL
    SELECT
        'archive' AS kind,
        current_setting('cluster_name') AS name,
        CASE
            WHEN archiver.last_failed_time > coalesce(archiver.last_archived_time, '-infinity')
                THEN 'failing'
            ELSE 'archiving'
        END AS state,
        -- A segment is named by timeline, log and number in the log, in hexadecimal.
        CASE
            WHEN archiver.last_archived_wal ~ '^[0-9A-F]{24}$'
                THEN
                    pg_wal_lsn_diff(here.lsn, '0/0')
                    - ('x' || substr(archiver.last_archived_wal, 9, 8))::BIT(32)::BIGINT
                    * 4294967296
                    - (('x' || substr(archiver.last_archived_wal, 17, 8))::BIT(32)::BIGINT + 1)
                    * pg_size_bytes(current_setting('wal_segment_size'))
        END::BIGINT AS lag_bytes,
        NULL AS lag
    FROM here
    CROSS JOIN pg_stat_archiver AS archiver
    WHERE
        current_setting('archive_mode') = 'always'
        OR (current_setting('archive_mode') = 'on' AND NOT pg_is_in_recovery())
)

SELECT
    kind,
    name,
    state,
    lag_bytes,
    lag,
    CASE
        WHEN state IN ('lost', 'not receiving', 'failing') THEN state
        -- On a standby it may be a copy, as Patroni or 17 keep one, of what is read on the primary.
        WHEN state = 'inactive' AND NOT pg_is_in_recovery() THEN state
        -- A segment is archived when it is full, and another may be full before that is done.
        WHEN
            lag_bytes >= CASE kind WHEN 'archive' THEN 64 ELSE 16 END * 1024 * 1024
            OR lag >= INTERVAL '30 seconds'
            THEN 'lags'
    END AS problem
FROM streams;
COMMENT ON VIEW monitor_replication IS
'Standbys that stream from this server, its replication slots, its archive of write-ahead log where
it keeps one, and this server itself if it is a standby. problem, NULL when there is none: lags (16
MiB or 30 seconds or more behind, the archive 64 MiB), inactive (a slot that nobody reads keeps
write-ahead log for ever; on a standby, where it may be a copy, only if it lags), failing (so does
an archive that refuses it), lost (a slot whose reader was away too long), not receiving (a standby
cut off).';
COMMENT ON COLUMN monitor_replication.kind IS 'standby, slot, archive or this standby.';
COMMENT ON COLUMN monitor_replication.name IS
'The standby''s application_name, the slot''s name or this cluster''s.';
COMMENT ON COLUMN monitor_replication.state IS
'streaming, catchup and the like; a slot is active, inactive or lost, the archive archiving
or failing.';
COMMENT ON COLUMN monitor_replication.lag_bytes IS
'Write-ahead log not replayed yet; of a slot, kept for it; of the archive, not archived yet, NULL
before its first segment.';
COMMENT ON COLUMN monitor_replication.lag IS 'The same in time; NULL while nothing is written.';
