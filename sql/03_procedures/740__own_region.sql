-- Where a country taxes by region, a place in it is no place without one: the store's own must be
-- named before the first such rate, and stay one that has a standard rate.

CREATE OR REPLACE FUNCTION _refuse_settings_without_region() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_refuse_settings_without_region$
DECLARE
    v_today DATE := (now() AT TIME ZONE new.time_zone)::DATE;
BEGIN
    IF _region_is_missing(new.country_code, new.region_code, v_today)
        -- Rates still to come: the day they do nobody may be there to set it.
        OR new.region_code = '' AND EXISTS (
            SELECT FROM tax_rates WHERE country_code = new.country_code AND region_code <> ''
        )
    THEN
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

CREATE OR REPLACE FUNCTION _refuse_rate_without_own_region() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_refuse_rate_without_own_region$
DECLARE
    v_settings store_settings;
BEGIN
    -- Locked, whatever it says: its region must not change meanwhile.
    SELECT * INTO v_settings FROM store_settings FOR SHARE;
    IF v_settings.country_code = new.country_code AND v_settings.region_code = '' THEN
        RAISE EXCEPTION 'the store is in %, but its settings name no region', new.country_code
        USING ERRCODE = 'check_violation', TABLE = tg_table_name,
            CONSTRAINT = 'tax_rates_by_region_find_the_store_in_one',
            DETAIL = jsonb_build_object(
                'country_code', new.country_code, 'region_code', new.region_code
            ),
            HINT = 'Set region_code in store_settings first, then add rates by region.';
    END IF;
    RETURN new;
END;
$_refuse_rate_without_own_region$;
REVOKE EXECUTE ON FUNCTION _refuse_rate_without_own_region() FROM PUBLIC;
COMMENT ON FUNCTION _refuse_rate_without_own_region() IS
'Trigger: raises 23514 (tax_rates_by_region_find_the_store_in_one) for a region''s rate in the
store''s country while the settings name no region.';
