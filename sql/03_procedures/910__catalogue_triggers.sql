-- Which guards the catalogue, its prices and the coupons have. A product's other columns cost
-- nothing.

-- categories

CREATE OR REPLACE TRIGGER categories_take_turns
BEFORE UPDATE OF parent_id ON categories
FOR EACH STATEMENT EXECUTE FUNCTION _take_turns_at_category_tree();

CREATE OR REPLACE TRIGGER categories_have_no_cycle
AFTER INSERT OR UPDATE OF parent_id ON categories
FOR EACH ROW WHEN (new.parent_id IS NOT NULL) EXECUTE FUNCTION _refuse_category_cycle();

-- styles

CREATE OR REPLACE TRIGGER styles_option_names_are_final
BEFORE UPDATE OF option_names ON styles
FOR EACH ROW WHEN (old.option_names IS DISTINCT FROM new.option_names)
EXECUTE FUNCTION _refuse_other_option_names();

CREATE OR REPLACE TRIGGER styles_products_are_found
AFTER UPDATE OF name, description ON styles
FOR EACH ROW WHEN (
    (old.name, old.description) IS DISTINCT FROM (new.name, new.description)
)
EXECUTE FUNCTION _index_products_of_style();

-- products

CREATE OR REPLACE TRIGGER products_hold_the_currency
BEFORE INSERT OR UPDATE OF price, cost ON products
FOR EACH STATEMENT EXECUTE FUNCTION _hold_currency_of_amounts();

CREATE OR REPLACE TRIGGER products_fit_the_currency
BEFORE INSERT OR UPDATE OF price, cost ON products
FOR EACH ROW EXECUTE FUNCTION _fit_currency('price', 'cost');

CREATE OR REPLACE TRIGGER products_are_found
BEFORE INSERT OR UPDATE OF sku, name, description, style_id, options, search_vector ON products
FOR EACH ROW EXECUTE FUNCTION _index_product();

CREATE OR REPLACE TRIGGER products_have_the_options_of_their_style
BEFORE INSERT OR UPDATE OF style_id, options ON products
FOR EACH ROW WHEN (new.style_id IS NOT NULL AND new.options <> '{}')
EXECUTE FUNCTION _refuse_options_of_another_style();

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

-- sale_prices

CREATE OR REPLACE TRIGGER sale_prices_hold_the_currency
BEFORE INSERT OR UPDATE OF price ON sale_prices
FOR EACH STATEMENT EXECUTE FUNCTION _hold_currency_of_amounts();

CREATE OR REPLACE TRIGGER sale_prices_are_made_for_what_is_to_come
BEFORE INSERT OR UPDATE OR DELETE ON sale_prices
FOR EACH ROW EXECUTE FUNCTION _guard_sale_price();

CREATE OR REPLACE TRIGGER sale_prices_fit_the_currency
BEFORE INSERT OR UPDATE OF price ON sale_prices
FOR EACH ROW EXECUTE FUNCTION _fit_currency('price');

CREATE OR REPLACE TRIGGER sale_prices_are_not_forgotten
BEFORE TRUNCATE ON sale_prices
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'a price once valid is never forgotten', 'Delete the sales that have not begun.'
);

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
