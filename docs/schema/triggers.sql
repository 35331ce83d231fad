-- Triggers of tables, each with what it is there for: the rule and the way out that it was given as
-- arguments where it refuses a change, else what its function says of itself.

SELECT
    pg_class.relname::TEXT AS relation,
    pg_trigger.tgname::TEXT AS name,
    CASE
        WHEN pg_proc.proname IN ('refuse_change', 'refuse_all_but_emptying')
            THEN
                concat_ws(
                    '. ',
                    split_part(encode(pg_trigger.tgargs, 'escape'), '\000', 1),
                    split_part(encode(pg_trigger.tgargs, 'escape'), '\000', 2)
                )
        ELSE obj_description(pg_proc.oid, 'pg_proc')
    END AS comment
FROM pg_trigger
INNER JOIN pg_class ON pg_trigger.tgrelid = pg_class.oid
INNER JOIN pg_proc ON pg_trigger.tgfoid = pg_proc.oid
WHERE
    pg_class.relnamespace = current_schema()::REGNAMESPACE
    AND NOT pg_class.relispartition
    AND NOT pg_trigger.tgisinternal
ORDER BY pg_class.relname, pg_trigger.tgname;
