-- Which tables are audited: those that have no ledger of their own. Their triggers name what holds
-- nothing personal and may be read there. An order's counters in inventory are not asked about at
-- all: their ledger is stock_movements.

CREATE OR REPLACE TRIGGER customers_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON customers
FOR EACH ROW EXECUTE FUNCTION _record_change(
    'customer_id', 'is_vip', 'default_address_id', 'created_at', 'erased_at'
);
CREATE OR REPLACE TRIGGER customers_truncation_is_audited
AFTER TRUNCATE ON customers
FOR EACH STATEMENT EXECUTE FUNCTION _record_change();

CREATE OR REPLACE TRIGGER addresses_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON addresses
FOR EACH ROW EXECUTE FUNCTION _record_change(
    'address_id', 'customer_id', 'region_code', 'country_code'
);
CREATE OR REPLACE TRIGGER addresses_truncation_is_audited
AFTER TRUNCATE ON addresses
FOR EACH STATEMENT EXECUTE FUNCTION _record_change();

CREATE OR REPLACE TRIGGER categories_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON categories
FOR EACH ROW EXECUTE FUNCTION _record_change('category_id', 'name', 'parent_id');
CREATE OR REPLACE TRIGGER categories_truncation_is_audited
AFTER TRUNCATE ON categories
FOR EACH STATEMENT EXECUTE FUNCTION _record_change();

CREATE OR REPLACE TRIGGER styles_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON styles
FOR EACH ROW EXECUTE FUNCTION _record_change(
    'style_id', 'name', 'description', 'category_id', 'option_names'
);
CREATE OR REPLACE TRIGGER styles_truncation_is_audited
AFTER TRUNCATE ON styles
FOR EACH STATEMENT EXECUTE FUNCTION _record_change();

-- Products are neither deleted nor truncated.
CREATE OR REPLACE TRIGGER products_rows_are_audited
AFTER INSERT OR UPDATE ON products
FOR EACH ROW EXECUTE FUNCTION _record_change(
    'product_id', 'sku', 'name', 'description', 'category_id', 'tax_class', 'price', 'cost',
    'is_active', 'created_at', 'style_id', 'options'
);

-- Sale prices are not truncated.
CREATE OR REPLACE TRIGGER sale_prices_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON sale_prices
FOR EACH ROW EXECUTE FUNCTION _record_change(
    'sale_price_id', 'product_id', 'price', 'valid_from', 'valid_until'
);

CREATE OR REPLACE TRIGGER inventory_changes_are_audited
AFTER UPDATE OF reorder_point, reorder_quantity, lead_time_days ON inventory
FOR EACH ROW WHEN (
    (old.reorder_point, old.reorder_quantity, old.lead_time_days)
    IS DISTINCT FROM (new.reorder_point, new.reorder_quantity, new.lead_time_days)
)
EXECUTE FUNCTION _record_change(
    'product_id', 'on_hand', 'reserved', 'reorder_point', 'reorder_quantity', 'lead_time_days'
);

CREATE OR REPLACE TRIGGER coupons_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON coupons
FOR EACH ROW EXECUTE FUNCTION _record_change(
    'coupon_code', 'kind', 'value', 'minimum_subtotal', 'valid_from', 'valid_until', 'usage_limit',
    'per_customer_limit', 'times_used'
);
CREATE OR REPLACE TRIGGER coupons_truncation_is_audited
AFTER TRUNCATE ON coupons
FOR EACH STATEMENT EXECUTE FUNCTION _record_change();

-- Tax classes are only added.
CREATE OR REPLACE TRIGGER tax_classes_rows_are_audited
AFTER INSERT ON tax_classes
FOR EACH ROW EXECUTE FUNCTION _record_change('tax_class');

CREATE OR REPLACE TRIGGER tax_rates_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON tax_rates
FOR EACH ROW EXECUTE FUNCTION _record_change(
    'tax_class', 'country_code', 'region_code', 'valid_from', 'rate'
);
CREATE OR REPLACE TRIGGER tax_rates_truncation_is_audited
AFTER TRUNCATE ON tax_rates
FOR EACH STATEMENT EXECUTE FUNCTION _record_change();

CREATE OR REPLACE TRIGGER countries_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON countries
FOR EACH ROW EXECUTE FUNCTION _record_change('country_code', 'name', 'is_served');
CREATE OR REPLACE TRIGGER countries_truncation_is_audited
AFTER TRUNCATE ON countries
FOR EACH STATEMENT EXECUTE FUNCTION _record_change();

CREATE OR REPLACE TRIGGER store_settings_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON store_settings
FOR EACH ROW EXECUTE FUNCTION _record_change(
    'is_only_row', 'store_name', 'currency', 'country_code', 'region_code', 'time_zone',
    'prices_include_tax', 'shipping_fee', 'shipping_tax_class', 'free_shipping_from', 'order_hold',
    'max_pending_orders', 'shown_stock', 'delivery_back_on_full_return', 'search_language',
    'legal_name', 'legal_address', 'vat_id', 'documents_from', 'invoice_series',
    'credit_note_series', 'document_retention'
);
