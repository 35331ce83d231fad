-- What all four group roles may call: whom the session acts for, and what a report calls now.

GRANT EXECUTE ON FUNCTION current_customer_id(), report_now()
TO shop_customer, shop_staff, shop_analyst, shop_auditor;
