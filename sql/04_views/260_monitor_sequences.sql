-- Which numbers run out, and which were given already: an INT key ends at 2,147,483,647, and a
-- sequence behind its table draws a number that is taken; either way no row can be added.

CREATE OR REPLACE VIEW monitor_sequences WITH (security_invoker = TRUE) AS
WITH positions AS (
    SELECT
        sequence_class.relname AS sequence_name,
        table_class.relname AS table_name,
        drawn.column_name,
        drawn.last_value,
        drawn.highest_key,
        -- An INT column ends before a BIGINT sequence does.
        least(
            pg_sequence.seqmax,
            CASE pg_attribute.atttypid
                WHEN 'int2'::REGTYPE THEN 32767
                WHEN 'int4'::REGTYPE THEN 2147483647
                ELSE pg_sequence.seqmax
            END
        ) AS max_value
    FROM sequence_positions() AS drawn
    INNER JOIN pg_sequence ON drawn.sequence_oid = pg_sequence.seqrelid
    INNER JOIN pg_class AS sequence_class ON drawn.sequence_oid = sequence_class.oid
    LEFT JOIN pg_class AS table_class ON drawn.table_oid = table_class.oid
    LEFT JOIN pg_attribute
        ON drawn.table_oid = pg_attribute.attrelid AND drawn.column_name = pg_attribute.attname
)

SELECT
    sequence_name,
    table_name,
    column_name,
    last_value,
    max_value,
    round(last_value * 100.0 / max_value, 2) AS used_pct,
    CASE
        WHEN highest_key > last_value THEN 'behind its table'
        WHEN last_value >= 0.75 * max_value THEN 'near its end'
    END AS problem
FROM positions;
COMMENT ON VIEW monitor_sequences IS
'The store''s sequences and how much of each is used up. problem, NULL when there is none: behind
its table (set it to the highest number there), near its end (75 % or more used).';
COMMENT ON COLUMN monitor_sequences.table_name IS 'Whose numbers it gives; NULL = nobody''s.';
COMMENT ON COLUMN monitor_sequences.last_value IS
'The last number given, or set past; 0 before the first.';
COMMENT ON COLUMN monitor_sequences.max_value IS 'Where it, or its column''s type, ends.';
