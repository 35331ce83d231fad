-- An order's life in four steps, each for many orders, each order its own transaction as in
-- production. Run in the store's schema by measure.py.

CREATE PROCEDURE pg_temp.place(p_first INT, p_last INT)
LANGUAGE plpgsql
AS $place$
BEGIN
    FOR v_number IN p_first .. p_last LOOP
        PERFORM place_order(
            1 + v_number % 2000,
            jsonb_build_array(
                jsonb_build_object('product_id', 1 + v_number * 7 % 2000, 'quantity', 1),
                jsonb_build_object('product_id', 1 + (v_number * 7 + 613) % 2000, 'quantity', 2),
                jsonb_build_object('product_id', 1 + (v_number * 7 + 1361) % 2000, 'quantity', 1)
            ),
            md5(v_number::TEXT)::UUID::TEXT
        );
        COMMIT;
    END LOOP;
END;
$place$;

CREATE PROCEDURE pg_temp.pay(p_first INT, p_last INT)
LANGUAGE plpgsql
AS $pay$
DECLARE
    v_order_id INT;
    v_total NUMERIC;
BEGIN
    FOR v_number IN p_first .. p_last LOOP
        SELECT order_id, total INTO v_order_id, v_total FROM orders
        WHERE
            customer_id = 1 + v_number % 2000
            AND idempotency_key = md5(v_number::TEXT)::UUID::TEXT;
        PERFORM record_payment(
            v_order_id, 'stripe', 'ch_' || left(md5(v_number::TEXT), 24), v_total
        );
        COMMIT;
    END LOOP;
END;
$pay$;

CREATE PROCEDURE pg_temp.ship(p_first INT, p_last INT)
LANGUAGE plpgsql
AS $ship$
BEGIN
    FOR v_number IN p_first .. p_last LOOP
        PERFORM ship_order(order_id, 'DHL', '0034043416' || v_number) FROM orders
        WHERE
            customer_id = 1 + v_number % 2000
            AND idempotency_key = md5(v_number::TEXT)::UUID::TEXT;
        COMMIT;
    END LOOP;
END;
$ship$;

CREATE PROCEDURE pg_temp.deliver(p_first INT, p_last INT)
LANGUAGE plpgsql
AS $deliver$
BEGIN
    FOR v_number IN p_first .. p_last LOOP
        PERFORM deliver_order(order_id) FROM orders
        WHERE
            customer_id = 1 + v_number % 2000
            AND idempotency_key = md5(v_number::TEXT)::UUID::TEXT;
        COMMIT;
    END LOOP;
END;
$deliver$;
