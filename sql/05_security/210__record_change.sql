-- What of the tables that have no ledger of their own may be read in the audit log. Said once: a
-- column added tomorrow is "[redacted]" until somebody adds it here.

CREATE OR REPLACE FUNCTION _readable_columns(p_table_name TEXT) RETURNS TEXT[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE p_table_name
    WHEN 'customers' THEN '{customer_id,is_vip,default_address_id,created_at,erased_at}'
    WHEN 'addresses' THEN '{address_id,customer_id,region_code,country_code}'
    WHEN 'categories' THEN '{category_id,name,parent_id}'
    WHEN 'products'
        THEN
            '{product_id,sku,name,description,category_id,tax_class,price,cost,is_active,'
            'created_at,style_id,options}'
    WHEN 'styles' THEN '{style_id,name,description,category_id,option_names}'
    WHEN 'sale_prices' THEN '{sale_price_id,product_id,price,valid_from,valid_until}'
    WHEN 'inventory'
        THEN '{product_id,on_hand,reserved,reorder_point,reorder_quantity,lead_time_days}'
    WHEN 'coupons'
        THEN
            '{coupon_code,kind,value,minimum_subtotal,valid_from,valid_until,usage_limit,'
            'per_customer_limit,times_used}'
    WHEN 'tax_classes' THEN '{tax_class}'
    WHEN 'tax_rates' THEN '{tax_class,country_code,region_code,valid_from,rate}'
    WHEN 'countries' THEN '{country_code,name,is_served}'
    WHEN 'store_settings'
        THEN
            '{is_only_row,store_name,currency,country_code,region_code,time_zone,'
            'prices_include_tax,shipping_fee,shipping_tax_class,free_shipping_from,order_hold,'
            'max_pending_orders,shown_stock,delivery_back_on_full_return,search_language,'
            'legal_name,legal_address,vat_id,documents_from,invoice_series,credit_note_series,'
            'document_retention}'
    ELSE '{}'
END::TEXT[];
REVOKE EXECUTE ON FUNCTION _readable_columns(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _readable_columns(TEXT) IS
'The columns of an audited table that hold nothing personal. Internal to the audit log. Raises
nothing.';

-- Writes the audit row of a change, for whichever table its trigger stands on. Generated columns
-- and what the search looks in are left out; they follow from the others.
CREATE OR REPLACE FUNCTION _record_change() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET timezone = 'UTC' SET intervalstyle = 'postgres'  -- so that no session says it its own way
AS $_record_change$
DECLARE
    v_old JSONB := to_jsonb(old);  -- NULL on INSERT and TRUNCATE
    v_new JSONB := to_jsonb(new);  -- NULL on DELETE and TRUNCATE
    v_readable TEXT[] := _readable_columns(tg_table_name);
BEGIN
    IF tg_op = 'TRUNCATE' THEN
        INSERT INTO audit_log (table_name, operation) VALUES (tg_table_name, tg_op);
        RETURN NULL;
    END IF;
    -- As JSON a month is not thirty days, which compare as equal and hold an order differently.
    IF v_old = v_new THEN
        RETURN NULL;
    END IF;
    INSERT INTO audit_log (table_name, operation, row_key, old_row, new_row)
    SELECT
        tg_table_name,
        tg_op,
        jsonb_object_agg(attname, coalesce(v_old, v_new) -> attname)
        FILTER (WHERE attnum = ANY (indkey)),
        jsonb_object_agg(attname, shown.before) FILTER (WHERE tg_op <> 'INSERT' AND is_changed),
        jsonb_object_agg(attname, shown.after) FILTER (WHERE tg_op <> 'DELETE' AND is_changed)
    FROM pg_attribute
    INNER JOIN pg_index ON indrelid = attrelid AND indisprimary
    -- NULL is no data: that a column was empty, or emptied, may be seen.
    CROSS JOIN LATERAL (
        SELECT
            attname = ANY (v_readable) OR v_old -> attname = 'null' AS before_is_shown,
            attname = ANY (v_readable) OR v_new -> attname = 'null' AS after_is_shown,
            v_old -> attname IS DISTINCT FROM v_new -> attname AS is_changed
    ) AS facts
    CROSS JOIN LATERAL (
        SELECT
            CASE WHEN before_is_shown THEN v_old -> attname ELSE '"[redacted]"' END AS before,
            CASE WHEN after_is_shown THEN v_new -> attname ELSE '"[redacted]"' END AS after
    ) AS shown
    WHERE attrelid = tg_relid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
        AND atttypid <> 'TSVECTOR'::REGTYPE;
    RETURN NULL;
END;
$_record_change$;
REVOKE EXECUTE ON FUNCTION _record_change() FROM PUBLIC;
COMMENT ON FUNCTION _record_change() IS
'Trigger, AFTER: appends what was done to a row to audit_log, on UPDATE its changed columns only;
what _readable_columns() does not name shows as "[redacted]".';
