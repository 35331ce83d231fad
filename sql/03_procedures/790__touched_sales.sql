-- Which days' sales an order changes: the materialised reports are a picture of the others.

CREATE OR REPLACE FUNCTION _note_touched_sale() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_note_touched_sale$
BEGIN
    IF tg_op = 'UPDATE' AND old.created_at IS DISTINCT FROM new.created_at THEN
        INSERT INTO sales_touched (sold_at) VALUES (old.created_at);
    END IF;
    INSERT INTO sales_touched (sold_at) VALUES (new.created_at);
    RETURN NULL;
END;
$_note_touched_sale$;
REVOKE EXECUTE ON FUNCTION _note_touched_sale() FROM PUBLIC;
COMMENT ON FUNCTION _note_touched_sale() IS
'Trigger: notes the instants, old and new, whose day''s sales an order changes.';
