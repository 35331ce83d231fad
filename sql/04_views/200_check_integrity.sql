-- The books check themselves: every stored figure that another fact implies, compared with that
-- fact. A definer function, so that whoever may ask needs no right to the rows behind the answer;
-- it tells ids, counts and amounts, no person.

CREATE OR REPLACE FUNCTION check_integrity(p_since TIMESTAMPTZ)
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT
-- Planned for what is asked, a day or everything, and never compiled: that takes longer.
SET plan_cache_mode = force_custom_plan SET jit = off
-- What is compared is merged in the order of its keys, in which the tables mostly lie: that takes
-- no memory, and less time than five hash tables of work_mem at once.
SET enable_hashjoin = off SET enable_hashagg = off SET enable_memoize = off
AS $check_integrity$
DECLARE
    v_since TIMESTAMPTZ := coalesce(p_since, '-infinity');
    v_order_ids INT[];  -- NULL = all
    v_product_ids INT[];  -- NULL = all
BEGIN
    IF v_since > '-infinity' THEN
        v_order_ids := ARRAY(
            SELECT order_id FROM orders WHERE created_at >= v_since
            UNION
            SELECT order_id FROM order_audit WHERE performed_at >= v_since
        );
        v_product_ids := ARRAY(
            SELECT product_id FROM order_items WHERE order_id = ANY (v_order_ids)
            UNION
            SELECT product_id FROM stock_adjustments WHERE created_at >= v_since
        );
        v_product_ids := ARRAY(SELECT _doubtful_stock(v_product_ids));
    END IF;
    -- A statement each, so that what one holds in memory is gone before the next begins.
    IF v_product_ids IS NULL OR cardinality(v_product_ids) > 0 THEN
        RETURN QUERY SELECT stock.* FROM _stock_violations(v_product_ids) AS stock;
    END IF;
    RETURN QUERY SELECT amount.* FROM _amount_violations(v_order_ids) AS amount;
    RETURN QUERY SELECT worth.* FROM _worth_violations(v_order_ids) AS worth;
    RETURN QUERY SELECT line.* FROM _line_violations(v_order_ids) AS line;
    RETURN QUERY SELECT status.* FROM _status_violations(v_order_ids) AS status;
    RETURN QUERY SELECT unsettled.* FROM _unsettled_violations(v_order_ids) AS unsettled;
    RETURN QUERY SELECT audit.* FROM _audit_violations(v_order_ids) AS audit;
    RETURN QUERY SELECT document.* FROM _document_violations(v_order_ids, v_since) AS document;
    RETURN QUERY SELECT content.* FROM _document_content_violations(v_order_ids) AS content;
    RETURN QUERY SELECT catalogue.* FROM _catalogue_violations() AS catalogue;
    RETURN QUERY SELECT feed.* FROM _feed_violations() AS feed;
    RETURN QUERY SELECT privacy.* FROM _privacy_violations(v_since) AS privacy;
    RETURN QUERY SELECT report.* FROM _report_violations(v_since) AS report;
    RETURN QUERY SELECT sequence.* FROM _sequence_violations() AS sequence;
END;
$check_integrity$;
REVOKE EXECUTE ON FUNCTION check_integrity(TIMESTAMPTZ) FROM PUBLIC;
COMMENT ON FUNCTION check_integrity(TIMESTAMPTZ) IS
'Every stored figure that another fact contradicts, as rows of invariant, object, expected and
actual; no row = sound books. Bounded by p_since (-infinity or NULL: everything) to: orders placed,
or with an audit row, at or after it, with their lines, parcels and payments; the stock of the
products on those orders or adjusted since, movement by movement where the sums kept of their lines
leave a doubt; documents issued since; customers erased since; daily_sales from that store day on.
Catalogue, coupons, the feed, sequences and buyers kept too long are checked whole, the other
reports where everything is. Raises nothing.';
