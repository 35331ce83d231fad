-- What was left out and why, each line as the file had it: nothing is dropped in silence. The
-- table is also how a second run knows that the file is in.

CREATE TABLE import_rejects (
    line_no INT PRIMARY KEY,
    reason TEXT NOT NULL,
    line JSONB NOT NULL,
    CONSTRAINT import_rejects_reason_is_known CHECK (
        reason IN ('bad_debt', 'price_below_cent', 'return_without_sale', 'return_exceeds_sale')
    )
);

COMMENT ON TABLE import_rejects IS
'Lines of the online retail file that the import left out; its presence says the file is loaded.';
COMMENT ON COLUMN import_rejects.line_no IS 'The line''s number in the file.';
COMMENT ON COLUMN import_rejects.reason IS
'bad_debt: an accounting entry, no sale. price_below_cent: money here has whole cents.
return_without_sale: the customer never bought it at that price before. return_exceeds_sale: more
came back than was left of such sales.';
COMMENT ON COLUMN import_rejects.line IS 'The whole line, by the file''s column names.';

INSERT INTO import_rejects (line_no, reason, line)
SELECT
    source_lines.line_no,
    mapped_lines.rejected_as,
    to_jsonb(source_lines) AS line
FROM source_lines
INNER JOIN mapped_lines ON source_lines.line_no = mapped_lines.line_no
WHERE mapped_lines.rejected_as IS NOT NULL
ORDER BY source_lines.line_no;
