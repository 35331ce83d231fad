-- What became of the file's lines, to be printed: kinds that were loaded, then reasons that
-- were not.

SELECT
    rejected_as IS NULL AS is_loaded,
    coalesce(rejected_as, replace(kind, '_', ' ') || 's') AS outcome,
    count(*) AS lines
FROM mapped_lines
GROUP BY rejected_as, kind
ORDER BY is_loaded DESC, lines DESC, outcome ASC;
