-- No table of facts is ever emptied. These guards stand apart from those on rows: where a trigger
-- on TRUNCATE is dropped in silence, as by Citus, rows are still guarded.

CREATE TRIGGER countries_truncate_is_refused BEFORE TRUNCATE ON countries
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER tax_classes_truncate_is_refused BEFORE TRUNCATE ON tax_classes
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER store_settings_truncate_is_refused BEFORE TRUNCATE ON store_settings
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER products_truncate_is_refused BEFORE TRUNCATE ON products
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER price_history_truncate_is_refused BEFORE TRUNCATE ON price_history
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER inventory_truncate_is_refused BEFORE TRUNCATE ON inventory
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER stock_adjustments_truncate_is_refused BEFORE TRUNCATE ON stock_adjustments
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER order_transitions_truncate_is_refused BEFORE TRUNCATE ON order_transitions
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER orders_truncate_is_refused BEFORE TRUNCATE ON orders
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER order_items_truncate_is_refused BEFORE TRUNCATE ON order_items
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER payments_truncate_is_refused BEFORE TRUNCATE ON payments
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER shipments_truncate_is_refused BEFORE TRUNCATE ON shipments
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER shipment_items_truncate_is_refused BEFORE TRUNCATE ON shipment_items
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER returns_truncate_is_refused BEFORE TRUNCATE ON returns
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER credits_truncate_is_refused BEFORE TRUNCATE ON credits
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER documents_truncate_is_refused BEFORE TRUNCATE ON documents
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER order_audit_truncate_is_refused BEFORE TRUNCATE ON order_audit
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER audit_seals_truncate_is_refused BEFORE TRUNCATE ON audit_seals
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER signing_keys_truncate_is_refused BEFORE TRUNCATE ON signing_keys
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER order_event_positions_truncate_is_refused BEFORE TRUNCATE ON order_event_positions
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER watermarks_truncate_is_refused BEFORE TRUNCATE ON watermarks
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER call_keys_truncate_is_refused BEFORE TRUNCATE ON call_keys
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
CREATE TRIGGER order_number_key_truncate_is_refused BEFORE TRUNCATE ON order_number_key
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('others rest on its rows', 'Leave them.');
