-- Which tables are audited: those that have no ledger of their own. An order's counters in
-- inventory are not asked about at all: their ledger is stock_movements.

CREATE OR REPLACE TRIGGER customers_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON customers
FOR EACH ROW EXECUTE FUNCTION _record_change();
CREATE OR REPLACE TRIGGER customers_truncation_is_audited
AFTER TRUNCATE ON customers
FOR EACH STATEMENT EXECUTE FUNCTION _record_change();

CREATE OR REPLACE TRIGGER addresses_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON addresses
FOR EACH ROW EXECUTE FUNCTION _record_change();
CREATE OR REPLACE TRIGGER addresses_truncation_is_audited
AFTER TRUNCATE ON addresses
FOR EACH STATEMENT EXECUTE FUNCTION _record_change();

CREATE OR REPLACE TRIGGER categories_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON categories
FOR EACH ROW EXECUTE FUNCTION _record_change();
CREATE OR REPLACE TRIGGER categories_truncation_is_audited
AFTER TRUNCATE ON categories
FOR EACH STATEMENT EXECUTE FUNCTION _record_change();

CREATE OR REPLACE TRIGGER styles_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON styles
FOR EACH ROW EXECUTE FUNCTION _record_change();
CREATE OR REPLACE TRIGGER styles_truncation_is_audited
AFTER TRUNCATE ON styles
FOR EACH STATEMENT EXECUTE FUNCTION _record_change();

-- Products are neither deleted nor truncated. A change of the store's language, or of a style's
-- name, changes what is searched and nothing of theirs.
CREATE OR REPLACE TRIGGER products_rows_are_audited
AFTER INSERT ON products
FOR EACH ROW EXECUTE FUNCTION _record_change();
CREATE OR REPLACE TRIGGER products_changes_are_audited
AFTER UPDATE ON products
FOR EACH ROW WHEN (
    to_jsonb(old) - 'search_vector' IS DISTINCT FROM to_jsonb(new) - 'search_vector'
)
EXECUTE FUNCTION _record_change();

-- Sale prices are not truncated.
CREATE OR REPLACE TRIGGER sale_prices_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON sale_prices
FOR EACH ROW EXECUTE FUNCTION _record_change();

CREATE OR REPLACE TRIGGER inventory_changes_are_audited
AFTER UPDATE OF reorder_point, reorder_quantity, lead_time_days ON inventory
FOR EACH ROW WHEN (
    (old.reorder_point, old.reorder_quantity, old.lead_time_days)
    IS DISTINCT FROM (new.reorder_point, new.reorder_quantity, new.lead_time_days)
)
EXECUTE FUNCTION _record_change();

CREATE OR REPLACE TRIGGER coupons_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON coupons
FOR EACH ROW EXECUTE FUNCTION _record_change();
CREATE OR REPLACE TRIGGER coupons_truncation_is_audited
AFTER TRUNCATE ON coupons
FOR EACH STATEMENT EXECUTE FUNCTION _record_change();

-- Tax classes are only added.
CREATE OR REPLACE TRIGGER tax_classes_rows_are_audited
AFTER INSERT ON tax_classes
FOR EACH ROW EXECUTE FUNCTION _record_change();

CREATE OR REPLACE TRIGGER tax_rates_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON tax_rates
FOR EACH ROW EXECUTE FUNCTION _record_change();
CREATE OR REPLACE TRIGGER tax_rates_truncation_is_audited
AFTER TRUNCATE ON tax_rates
FOR EACH STATEMENT EXECUTE FUNCTION _record_change();

CREATE OR REPLACE TRIGGER countries_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON countries
FOR EACH ROW EXECUTE FUNCTION _record_change();
CREATE OR REPLACE TRIGGER countries_truncation_is_audited
AFTER TRUNCATE ON countries
FOR EACH STATEMENT EXECUTE FUNCTION _record_change();

CREATE OR REPLACE TRIGGER store_settings_rows_are_audited
AFTER INSERT OR UPDATE OR DELETE ON store_settings
FOR EACH ROW EXECUTE FUNCTION _record_change();
