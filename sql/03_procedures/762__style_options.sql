-- Products are held to their style's options by a foreign key, which knows no order and tells the
-- user little. This says it in words, and keeps the order too.

CREATE OR REPLACE FUNCTION _refuse_other_option_names() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_refuse_other_option_names$
BEGIN
    -- Whoever adds a product shares the row's key until they commit.
    PERFORM 1 FROM styles WHERE style_id = old.style_id FOR UPDATE;
    IF EXISTS (SELECT FROM products WHERE style_id = old.style_id) THEN
        RAISE EXCEPTION 'style % has products of its options', old.style_id
        USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = jsonb_build_object(
                'style_id', old.style_id, 'option_names', old.option_names,
                'refused', new.option_names
            ),
            HINT = 'Make another style, and move the products to it, each with its options.';
    END IF;
    RETURN new;
END;
$_refuse_other_option_names$;
REVOKE EXECUTE ON FUNCTION _refuse_other_option_names() FROM PUBLIC;
COMMENT ON FUNCTION _refuse_other_option_names() IS
'Trigger: raises 55000 where the style has products.';
