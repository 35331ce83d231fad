-- Which guards the store's settings, places and people have. WHEN and UPDATE OF keep them from what
-- does not concern them.

-- store_settings

CREATE OR REPLACE TRIGGER store_settings_currency_is_final
BEFORE UPDATE OF currency ON store_settings
FOR EACH ROW WHEN (old.currency IS DISTINCT FROM new.currency)
EXECUTE FUNCTION _refuse_currency_change();

CREATE OR REPLACE TRIGGER store_settings_fit_the_currency
BEFORE UPDATE OF currency, shipping_fee, free_shipping_from ON store_settings
FOR EACH ROW EXECUTE FUNCTION _fit_currency('shipping_fee', 'free_shipping_from');

CREATE OR REPLACE TRIGGER store_settings_time_zone_exists
BEFORE UPDATE OF time_zone ON store_settings
FOR EACH ROW WHEN (old.time_zone IS DISTINCT FROM new.time_zone)
EXECUTE FUNCTION _refuse_unknown_time_zone();

CREATE OR REPLACE TRIGGER store_settings_search_language_exists
BEFORE UPDATE OF search_language ON store_settings
FOR EACH ROW WHEN (old.search_language IS DISTINCT FROM new.search_language)
EXECUTE FUNCTION _refuse_unknown_language();

CREATE OR REPLACE TRIGGER store_settings_products_are_searched_in_its_language
AFTER UPDATE OF search_language ON store_settings
FOR EACH ROW WHEN (old.search_language IS DISTINCT FROM new.search_language)
EXECUTE FUNCTION _index_products();

CREATE OR REPLACE TRIGGER store_settings_region_has_a_standard_rate
BEFORE UPDATE OF country_code, region_code ON store_settings
FOR EACH ROW WHEN (
    (old.country_code, old.region_code) IS DISTINCT FROM (new.country_code, new.region_code)
)
EXECUTE FUNCTION _refuse_settings_without_region();

CREATE OR REPLACE TRIGGER store_settings_own_country_is_served
AFTER UPDATE OF country_code ON store_settings
FOR EACH ROW WHEN (old.country_code IS DISTINCT FROM new.country_code)
EXECUTE FUNCTION _serve_own_country();

CREATE OR REPLACE TRIGGER store_settings_documents_from_is_final
BEFORE UPDATE OF documents_from ON store_settings
FOR EACH ROW WHEN (old.documents_from IS DISTINCT FROM new.documents_from)
EXECUTE FUNCTION _refuse_other_documents_from();

-- countries

CREATE OR REPLACE TRIGGER countries_own_is_served
BEFORE UPDATE OF is_served ON countries
FOR EACH ROW WHEN (old.is_served AND NOT new.is_served)
EXECUTE FUNCTION _refuse_unserving_own_country();

-- tax_rates

CREATE OR REPLACE TRIGGER tax_rates_change_one_after_another
BEFORE INSERT OR DELETE OR UPDATE OF tax_class, country_code, region_code, valid_from ON tax_rates
FOR EACH STATEMENT EXECUTE FUNCTION _refuse_rates_without_own_region();

CREATE OR REPLACE TRIGGER tax_rates_by_region_find_the_store_in_one
AFTER INSERT OR DELETE OR UPDATE OF tax_class, country_code, region_code, valid_from ON tax_rates
FOR EACH STATEMENT EXECUTE FUNCTION _refuse_rates_without_own_region();

-- addresses

-- After, so that the policy speaks first: whether a stranger was erased is not told.
CREATE OR REPLACE TRIGGER addresses_belong_to_no_erased_customer
AFTER INSERT OR UPDATE OF customer_id ON addresses
FOR EACH ROW EXECUTE FUNCTION _refuse_address_of_erased();
