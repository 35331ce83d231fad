-- Which guard stands where, by table. WHEN and UPDATE OF keep them from what does not concern them:
-- an order's counters, a product's name.

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

-- countries

CREATE OR REPLACE TRIGGER countries_own_is_served
BEFORE UPDATE OF is_served ON countries
FOR EACH ROW WHEN (old.is_served AND NOT new.is_served)
EXECUTE FUNCTION _refuse_unserving_own_country();

-- tax_rates

CREATE OR REPLACE TRIGGER tax_rates_by_region_find_the_store_in_one
BEFORE INSERT OR UPDATE OF country_code, region_code ON tax_rates
FOR EACH ROW WHEN (new.region_code <> '')
EXECUTE FUNCTION _refuse_rate_without_own_region();

-- addresses

-- After, so that the policy speaks first: whether a stranger was erased is not told.
CREATE OR REPLACE TRIGGER addresses_belong_to_no_erased_customer
AFTER INSERT OR UPDATE OF customer_id ON addresses
FOR EACH ROW EXECUTE FUNCTION _refuse_address_of_erased();

-- categories

CREATE OR REPLACE TRIGGER categories_take_turns
BEFORE UPDATE OF parent_id ON categories
FOR EACH STATEMENT EXECUTE FUNCTION _take_turns_at_category_tree();

CREATE OR REPLACE TRIGGER categories_have_no_cycle
AFTER INSERT OR UPDATE OF parent_id ON categories
FOR EACH ROW WHEN (new.parent_id IS NOT NULL) EXECUTE FUNCTION _refuse_category_cycle();

-- products

CREATE OR REPLACE TRIGGER products_hold_the_currency
BEFORE INSERT OR UPDATE OF price, cost ON products
FOR EACH STATEMENT EXECUTE FUNCTION _hold_currency_of_amounts();

CREATE OR REPLACE TRIGGER products_fit_the_currency
BEFORE INSERT OR UPDATE OF price, cost ON products
FOR EACH ROW EXECUTE FUNCTION _fit_currency('price', 'cost');

CREATE OR REPLACE TRIGGER products_start_complete
AFTER INSERT ON products
REFERENCING NEW TABLE AS new_products
FOR EACH STATEMENT EXECUTE FUNCTION _complete_new_products();

CREATE OR REPLACE TRIGGER products_price_is_remembered
AFTER UPDATE OF price ON products
FOR EACH ROW WHEN (old.price IS DISTINCT FROM new.price)
EXECUTE FUNCTION _record_price_change();

-- price_history: what the triggers of products write there needs no guard.

CREATE OR REPLACE TRIGGER price_history_holds_the_currency
BEFORE INSERT OR UPDATE OF price ON price_history
FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
EXECUTE FUNCTION _hold_currency_of_amounts();

CREATE OR REPLACE TRIGGER price_history_fits_the_currency
BEFORE INSERT OR UPDATE OF price ON price_history
FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION _fit_currency('price');

CREATE OR REPLACE TRIGGER price_history_imports_come_before
BEFORE INSERT ON price_history
FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION _import_earlier_price();

-- stock_adjustments

CREATE OR REPLACE TRIGGER stock_adjustments_hold_the_currency
BEFORE INSERT ON stock_adjustments
FOR EACH STATEMENT EXECUTE FUNCTION _hold_currency_of_amounts();

CREATE OR REPLACE TRIGGER stock_adjustments_fit_the_currency
BEFORE INSERT ON stock_adjustments
FOR EACH ROW WHEN (new.unit_cost IS NOT NULL) EXECUTE FUNCTION _fit_currency('unit_cost');

-- coupons

CREATE OR REPLACE TRIGGER coupons_hold_the_currency
BEFORE INSERT OR UPDATE OF kind, value, minimum_subtotal ON coupons
FOR EACH STATEMENT EXECUTE FUNCTION _hold_currency_of_amounts();

CREATE OR REPLACE TRIGGER coupons_value_fits_the_currency
BEFORE INSERT OR UPDATE OF kind, value ON coupons
FOR EACH ROW WHEN (new.kind = 'fixed') EXECUTE FUNCTION _fit_currency('value');

CREATE OR REPLACE TRIGGER coupons_minimum_fits_the_currency
BEFORE INSERT OR UPDATE OF minimum_subtotal ON coupons
FOR EACH ROW EXECUTE FUNCTION _fit_currency('minimum_subtotal');

CREATE OR REPLACE TRIGGER coupons_stay_limited
BEFORE UPDATE OF usage_limit, per_customer_limit ON coupons
FOR EACH ROW WHEN (
    (num_nonnulls(old.usage_limit, old.per_customer_limit) = 0)
    <> (num_nonnulls(new.usage_limit, new.per_customer_limit) = 0)
)
EXECUTE FUNCTION _refuse_coupon_limit_switch();

-- orders

CREATE OR REPLACE TRIGGER orders_follow_transitions
BEFORE UPDATE OF status ON orders
FOR EACH ROW WHEN (old.status IS DISTINCT FROM new.status)
EXECUTE FUNCTION _refuse_illegal_transition();

CREATE OR REPLACE TRIGGER orders_destination_is_final
BEFORE UPDATE OF ship_to, bill_to, ship_to_country, ship_to_region ON orders
FOR EACH ROW WHEN (
    (old.ship_to_country, old.ship_to_region)
    IS DISTINCT FROM (new.ship_to_country, new.ship_to_region)
    OR (new.ship_to IS NOT NULL AND old.ship_to IS DISTINCT FROM new.ship_to)
    OR (new.bill_to IS NOT NULL AND old.bill_to IS DISTINCT FROM new.bill_to)
)
EXECUTE FUNCTION _refuse_late_redirection();

CREATE OR REPLACE TRIGGER orders_words_are_final
BEFORE UPDATE OF idempotency_key, cancel_reason, release_reason, write_off_reason ON orders
FOR EACH ROW WHEN (
    old.idempotency_key <> new.idempotency_key
    OR old.cancel_reason <> new.cancel_reason
    OR old.release_reason <> new.release_reason
    OR old.write_off_reason <> new.write_off_reason
)
EXECUTE FUNCTION refuse_change(
    'an order keeps its key and reasons', 'Leave them, or set them to NULL to erase them.'
);

CREATE OR REPLACE TRIGGER orders_stay_released_and_written_off
BEFORE UPDATE OF released_at, written_off_at ON orders
FOR EACH ROW WHEN (
    (old.released_at IS NOT NULL AND old.released_at IS DISTINCT FROM new.released_at)
    OR (old.written_off_at IS NOT NULL AND old.written_off_at IS DISTINCT FROM new.written_off_at)
)
EXECUTE FUNCTION refuse_change(
    'what was released or written off stays so', 'A later charge needs nothing undone.'
);

CREATE OR REPLACE TRIGGER orders_new_sale_is_noted
AFTER INSERT ON orders
FOR EACH ROW EXECUTE FUNCTION _note_touched_sale();

-- All else the daily figures read (total, customer) never changes.
CREATE OR REPLACE TRIGGER orders_changed_sale_is_noted
AFTER UPDATE ON orders
FOR EACH ROW WHEN (
    old.created_at IS DISTINCT FROM new.created_at
    OR (old.status = 'cancelled') <> (new.status = 'cancelled')
)
EXECUTE FUNCTION _note_touched_sale();
