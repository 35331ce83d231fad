-- What whoever watches the server may read of the store: the monitoring views, and no row of its
-- tables. Staff see them too; without pg_monitor PostgreSQL hides from them what others run.

GRANT SELECT ON
monitor_tables, monitor_indexes, monitor_locks, monitor_sequences, monitor_statements,
monitor_replication
TO pg_monitor, shop_staff;

GRANT EXECUTE ON FUNCTION sequence_positions(), statement_statistics() TO pg_monitor, shop_staff;
