-- Which tables are audited: those that have no ledger of their own. Each trigger lists the columns
-- that are nobody's personal data. An UPDATE that changes nothing is filtered out in WHEN, and an
-- order's counters in inventory are not asked about at all: their ledger is stock_movements.

CREATE OR REPLACE TRIGGER customers_rows_are_audited
AFTER INSERT OR DELETE ON customers
FOR EACH ROW EXECUTE FUNCTION record_change(
    'customer_id', 'is_vip', 'created_at', 'erased_at'
);
CREATE OR REPLACE TRIGGER customers_changes_are_audited
AFTER UPDATE ON customers
FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*)
EXECUTE FUNCTION record_change(
    'customer_id', 'is_vip', 'created_at', 'erased_at'
);
CREATE OR REPLACE TRIGGER customers_truncation_is_audited
AFTER TRUNCATE ON customers
FOR EACH STATEMENT EXECUTE FUNCTION record_change();

CREATE OR REPLACE TRIGGER addresses_rows_are_audited
AFTER INSERT OR DELETE ON addresses
FOR EACH ROW EXECUTE FUNCTION record_change(
    'address_id', 'customer_id', 'country_code', 'is_default'
);
CREATE OR REPLACE TRIGGER addresses_changes_are_audited
AFTER UPDATE ON addresses
FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*)
EXECUTE FUNCTION record_change(
    'address_id', 'customer_id', 'country_code', 'is_default'
);
CREATE OR REPLACE TRIGGER addresses_truncation_is_audited
AFTER TRUNCATE ON addresses
FOR EACH STATEMENT EXECUTE FUNCTION record_change();

CREATE OR REPLACE TRIGGER categories_rows_are_audited
AFTER INSERT OR DELETE ON categories
FOR EACH ROW EXECUTE FUNCTION record_change(
    'category_id', 'name', 'parent_id'
);
CREATE OR REPLACE TRIGGER categories_changes_are_audited
AFTER UPDATE ON categories
FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*)
EXECUTE FUNCTION record_change(
    'category_id', 'name', 'parent_id'
);
CREATE OR REPLACE TRIGGER categories_truncation_is_audited
AFTER TRUNCATE ON categories
FOR EACH STATEMENT EXECUTE FUNCTION record_change();

CREATE OR REPLACE TRIGGER products_rows_are_audited
AFTER INSERT OR DELETE ON products
FOR EACH ROW EXECUTE FUNCTION record_change(
    'product_id', 'sku', 'name', 'description', 'category_id', 'tax_class', 'price', 'cost',
    'is_active', 'created_at'
);
CREATE OR REPLACE TRIGGER products_changes_are_audited
AFTER UPDATE ON products
FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*)
EXECUTE FUNCTION record_change(
    'product_id', 'sku', 'name', 'description', 'category_id', 'tax_class', 'price', 'cost',
    'is_active', 'created_at'
);

CREATE OR REPLACE TRIGGER inventory_changes_are_audited
AFTER UPDATE OF reorder_point, reorder_quantity, lead_time_days ON inventory
FOR EACH ROW WHEN (
    (old.reorder_point, old.reorder_quantity, old.lead_time_days)
    IS DISTINCT FROM (new.reorder_point, new.reorder_quantity, new.lead_time_days)
)
EXECUTE FUNCTION record_change(
    'product_id', 'on_hand', 'reserved', 'reorder_point', 'reorder_quantity', 'lead_time_days'
);

CREATE OR REPLACE TRIGGER coupons_rows_are_audited
AFTER INSERT OR DELETE ON coupons
FOR EACH ROW EXECUTE FUNCTION record_change(
    'coupon_code', 'kind', 'value', 'minimum_subtotal', 'valid_from', 'valid_until', 'usage_limit',
    'per_customer_limit', 'times_used'
);
CREATE OR REPLACE TRIGGER coupons_changes_are_audited
AFTER UPDATE ON coupons
FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*)
EXECUTE FUNCTION record_change(
    'coupon_code', 'kind', 'value', 'minimum_subtotal', 'valid_from', 'valid_until', 'usage_limit',
    'per_customer_limit', 'times_used'
);
CREATE OR REPLACE TRIGGER coupons_truncation_is_audited
AFTER TRUNCATE ON coupons
FOR EACH STATEMENT EXECUTE FUNCTION record_change();

CREATE OR REPLACE TRIGGER tax_rates_rows_are_audited
AFTER INSERT OR DELETE ON tax_rates
FOR EACH ROW EXECUTE FUNCTION record_change(
    'tax_class', 'country_code', 'valid_from', 'rate'
);
CREATE OR REPLACE TRIGGER tax_rates_changes_are_audited
AFTER UPDATE ON tax_rates
FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*)
EXECUTE FUNCTION record_change(
    'tax_class', 'country_code', 'valid_from', 'rate'
);
CREATE OR REPLACE TRIGGER tax_rates_truncation_is_audited
AFTER TRUNCATE ON tax_rates
FOR EACH STATEMENT EXECUTE FUNCTION record_change();

CREATE OR REPLACE TRIGGER store_settings_rows_are_audited
AFTER INSERT OR DELETE ON store_settings
FOR EACH ROW EXECUTE FUNCTION record_change(
    'is_only_row', 'store_name', 'currency', 'country_code', 'time_zone', 'prices_include_tax',
    'shipping_fee', 'free_shipping_from', 'order_hold', 'max_pending_orders'
);
-- A month and thirty days compare as equal and hold an order for different times.
CREATE OR REPLACE TRIGGER store_settings_changes_are_audited
AFTER UPDATE ON store_settings
FOR EACH ROW WHEN (
    old.* IS DISTINCT FROM new.*
    OR old.order_hold::TEXT IS DISTINCT FROM new.order_hold::TEXT
)
EXECUTE FUNCTION record_change(
    'is_only_row', 'store_name', 'currency', 'country_code', 'time_zone', 'prices_include_tax',
    'shipping_fee', 'free_shipping_from', 'order_hold', 'max_pending_orders'
);
