-- Amounts in the catalogue and the settings have the currency's decimals: no more, so that nothing
-- is rounded in silence, and, as stored, no fewer. How many only a row of the settings knows, hence
-- no CHECK.

CREATE OR REPLACE FUNCTION _fit_currency() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_fit_currency$
DECLARE
    v_row JSONB := to_jsonb(new);
    -- The settings' own row may be changing it.
    v_currency TEXT
    := coalesce(v_row ->> 'currency', (SELECT currency FROM store_settings WHERE is_only_row));
    v_decimals INT := decimals_of(v_currency);
    v_fitted JSONB;
    v_too_exact TEXT;
BEGIN
    SELECT
        jsonb_object_agg(amounts.name, round(amounts.given, v_decimals)),
        min(amounts.name) FILTER (WHERE amounts.given <> round(amounts.given, v_decimals))
    INTO v_fitted, v_too_exact
    FROM (
        SELECT
            name,
            (v_row ->> name)::NUMERIC AS given
        FROM unnest(tg_argv) AS name
    ) AS amounts;
    IF v_too_exact IS NOT NULL THEN
        RAISE EXCEPTION '% of % has more decimals than %, which has %',
            v_too_exact, v_row ->> v_too_exact, v_currency, v_decimals
        USING ERRCODE = 'check_violation', TABLE = tg_table_name, COLUMN = v_too_exact,
            CONSTRAINT = format('%s_%s_fits_the_currency', tg_table_name, v_too_exact),
            DETAIL = jsonb_build_object(
                'amount', v_row -> v_too_exact, 'currency', v_currency, 'decimals', v_decimals
            ),
            HINT = 'Round the amount before giving it.';
    END IF;
    RETURN jsonb_populate_record(new, v_fitted);
END;
$_fit_currency$;
REVOKE EXECUTE ON FUNCTION _fit_currency() FROM PUBLIC;
COMMENT ON FUNCTION _fit_currency() IS
'Trigger: gives the amounts in the columns it is told the currency''s decimals. Raises 23514
(TABLE_COLUMN_fits_the_currency) for one that has more.';
