-- A foreign key holds products to their style's options, but knows nothing of the options' order
-- and tells the user little. These say it in words, and keep the order too.

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

CREATE OR REPLACE FUNCTION _refuse_options_of_another_style() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_refuse_options_of_another_style$
DECLARE
    v_names TEXT[] := (SELECT option_names FROM styles WHERE style_id = new.style_id);
    v_given TEXT[] := ARRAY(SELECT jsonb_object_keys(new.options));
BEGIN
    IF NOT (v_names @> v_given AND v_given @> v_names) THEN
        RAISE EXCEPTION 'a product of style % has the options %', new.style_id,
            array_to_string(v_names, ', ')
        USING ERRCODE = 'foreign_key_violation', TABLE = 'products', COLUMN = 'options',
            CONSTRAINT = 'products_have_the_options_of_their_style_fkey',
            DETAIL = jsonb_build_object(
                'style_id', new.style_id, 'option_names', v_names, 'given', v_given
            ),
            HINT = 'Give each of them, as it is written there, and no other.';
    END IF;
    RETURN new;
END;
$_refuse_options_of_another_style$;
REVOKE EXECUTE ON FUNCTION _refuse_options_of_another_style() FROM PUBLIC;
COMMENT ON FUNCTION _refuse_options_of_another_style() IS
'Trigger: raises 23503 where the options are not those of the style, and says which these are.';
