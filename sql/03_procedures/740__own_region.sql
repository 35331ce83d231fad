-- Where a country taxes by region, a place in it is no place without one: the store's own must be
-- named before the first such rate, and have a standard rate from then on, whoever changes the
-- settings or the rates. The row of the settings is where both take turns.

CREATE OR REPLACE FUNCTION _own_region_is_missing(p_settings STORE_SETTINGS) RETURNS BOOLEAN
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_own_region_is_missing$
BEGIN
    RETURN EXISTS (
        SELECT
        FROM (
            -- Rates to come count too: the day they do nobody may be there to set the region.
            SELECT DISTINCT
                greatest(valid_from, (now() AT TIME ZONE p_settings.time_zone)::DATE) AS day
            FROM tax_rates
            WHERE country_code = p_settings.country_code AND region_code <> ''
        ) AS days
        WHERE _region_is_missing(p_settings.country_code, p_settings.region_code, days.day)
    );
END;
$_own_region_is_missing$;
REVOKE EXECUTE ON FUNCTION _own_region_is_missing(STORE_SETTINGS) FROM PUBLIC;
COMMENT ON FUNCTION _own_region_is_missing(STORE_SETTINGS) IS
'Whether today or some day to come the store''s country taxes by region and its own is none of them.
Internal.';

CREATE OR REPLACE FUNCTION _refuse_settings_without_region() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_refuse_settings_without_region$
BEGIN
    IF _own_region_is_missing(new) THEN
        RAISE EXCEPTION 'a store in % needs a region with a standard tax rate, not "%"',
            new.country_code, new.region_code
        USING ERRCODE = 'check_violation', TABLE = tg_table_name,
            CONSTRAINT = 'store_settings_region_has_a_standard_rate',
            DETAIL = jsonb_build_object(
                'country_code', new.country_code, 'region_code', new.region_code
            ),
            HINT = 'Set country_code and region_code together, to a region of tax_rates.';
    END IF;
    RETURN new;
END;
$_refuse_settings_without_region$;
REVOKE EXECUTE ON FUNCTION _refuse_settings_without_region() FROM PUBLIC;
COMMENT ON FUNCTION _refuse_settings_without_region() IS
'Trigger: raises 23514 (store_settings_region_has_a_standard_rate) for a place of the store that
would lack its region.';

CREATE OR REPLACE FUNCTION _refuse_rates_without_own_region() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_refuse_rates_without_own_region$
DECLARE
    v_settings store_settings;
BEGIN
    -- Before any rate is locked, and by one at a time: what two leave is more than either saw.
    SELECT * INTO v_settings FROM store_settings FOR NO KEY UPDATE;
    IF tg_when = 'AFTER' AND _own_region_is_missing(v_settings) THEN
        RAISE EXCEPTION 'the store is in %, but its settings name no region%',
            v_settings.country_code, CASE
                WHEN v_settings.region_code <> '' THEN ' with a standard tax rate'
                ELSE ''
            END
        USING ERRCODE = 'check_violation', TABLE = tg_table_name,
            CONSTRAINT = 'tax_rates_by_region_find_the_store_in_one',
            DETAIL = jsonb_build_object(
                'country_code', v_settings.country_code, 'region_code', v_settings.region_code
            ),
            HINT = 'Set region_code in store_settings first, and with the first rates by region '
            'give it its standard one; it keeps one as long as there are any.';
    END IF;
    RETURN NULL;
END;
$_refuse_rates_without_own_region$;
REVOKE EXECUTE ON FUNCTION _refuse_rates_without_own_region() FROM PUBLIC;
COMMENT ON FUNCTION _refuse_rates_without_own_region() IS
'Trigger, before and after a statement: raises 23514 (tax_rates_by_region_find_the_store_in_one)
where the store''s country would be taxed by region, now or some day, and its own have no rate.';
