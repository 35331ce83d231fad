-- search_vector follows from a product's own columns, its style and the store's language, and a
-- generated column sees no other table. So triggers keep it: of products, styles and the settings.

CREATE OR REPLACE FUNCTION _index_product() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_index_product$
DECLARE
    v_style RECORD;
BEGIN
    -- A snapshot older than a change of language shows the old one: this then fails with 40001.
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        PERFORM FROM store_settings FOR SHARE;
    END IF;
    -- Whoever renames the style does not see a product just added to it, so one waits for the
    -- other. A product it had before is seen, and indexed again by whoever comes second.
    IF tg_op = 'INSERT' OR new.style_id IS DISTINCT FROM old.style_id THEN
        PERFORM FROM styles WHERE style_id = new.style_id FOR SHARE;
    END IF;
    SELECT
        max(name) AS name,
        max(description) AS description
    INTO v_style
    FROM styles
    WHERE style_id = new.style_id;
    new.search_vector := (
        SELECT
            _search_vector(
                new.sku, new.name,
                concat_ws(
                    ' ',
                    CASE
                        WHEN strpos(lower(new.name), lower(v_style.name)) = 0 THEN v_style.name
                    END,
                    string_agg(option.value, ' ' ORDER BY option.key)
                ),
                concat_ws(
                    ' ', new.description, v_style.description,
                    string_agg(option.key, ' ' ORDER BY option.key)
                ),
                store_settings.search_language::REGCONFIG
            )
        FROM store_settings
        LEFT JOIN jsonb_each_text(new.options) AS option ON TRUE
        GROUP BY store_settings.search_language
    );
    RETURN new;
END;
$_index_product$;
REVOKE EXECUTE ON FUNCTION _index_product() FROM PUBLIC;
COMMENT ON FUNCTION _index_product() IS
'Trigger: writes what the search looks in, whatever was given for it. Raises 40001 at REPEATABLE
READ where the settings or the style changed since the snapshot.';

CREATE OR REPLACE FUNCTION _index_products_of_style() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_index_products_of_style$
BEGIN
    PERFORM _refuse_old_snapshot('what a style is called');
    UPDATE products SET search_vector = '' WHERE style_id = new.style_id;
    RETURN NULL;
END;
$_index_products_of_style$;
REVOKE EXECUTE ON FUNCTION _index_products_of_style() FROM PUBLIC;
COMMENT ON FUNCTION _index_products_of_style() IS
'Trigger: indexes a style''s products by its new name and description. Raises 25000 at REPEATABLE
READ or SERIALIZABLE.';

CREATE OR REPLACE FUNCTION _refuse_unknown_language() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_refuse_unknown_language$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_ts_config
        INNER JOIN pg_namespace ON pg_ts_config.cfgnamespace = pg_namespace.oid
        WHERE
            cfgname = new.search_language AND pg_ts_config_is_visible(pg_ts_config.oid)
            OR nspname || '.' || cfgname = new.search_language
    ) THEN
        RAISE EXCEPTION 'text search configuration "%" is not known', new.search_language
        USING ERRCODE = 'invalid_parameter_value',
            DETAIL = jsonb_build_object('search_language', new.search_language),
            HINT = 'Choose a name from pg_ts_config, such as german, or simple.';
    END IF;
    RETURN new;
END;
$_refuse_unknown_language$;
REVOKE EXECUTE ON FUNCTION _refuse_unknown_language() FROM PUBLIC;
COMMENT ON FUNCTION _refuse_unknown_language() IS
'Trigger: raises 22023 for a text search configuration that there is not.';

-- Readers and orders never notice: nothing is locked against them, and the old language is searched
-- until this commits. Whoever writes products then waits; whoever wrote some already is waited for
-- for a moment only, so that no other writer stands in line for long.
CREATE OR REPLACE FUNCTION _index_products() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '2s'
AS $_index_products$
BEGIN
    PERFORM _refuse_old_snapshot('the search language');
    BEGIN
        LOCK TABLE products IN SHARE ROW EXCLUSIVE MODE;
    EXCEPTION WHEN lock_not_available THEN
        RAISE EXCEPTION 'somebody is changing products at this moment'
        USING ERRCODE = 'lock_not_available',
            DETAIL = jsonb_build_object('search_language', new.search_language),
            HINT = 'Retry once they have committed; a change of language indexes every product.';
    END;
    UPDATE products SET search_vector = '';  -- its trigger says what it becomes
    RETURN NULL;
END;
$_index_products$;
REVOKE EXECUTE ON FUNCTION _index_products() FROM PUBLIC;
COMMENT ON FUNCTION _index_products() IS
'Trigger: indexes every product in the store''s new language. Raises 55P03 where a transaction that
changes products does not end within two seconds; 25000 at REPEATABLE READ or SERIALIZABLE, where
products added meanwhile would be left out.';
