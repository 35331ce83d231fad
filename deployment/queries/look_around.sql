-- What a deploy must know of the server, the database and the login before anything else.

SELECT
    pg_is_in_recovery(),
    (extract(EPOCH FROM current_setting('deadlock_timeout')::INTERVAL) * 1000)::INT,
    current_user::TEXT,  -- not session_user: a login may have another role from the first moment
    current_database()::TEXT,
    quote_ident(left(current_database(), 58) || '_utf8'),
    getdatabaseencoding()::TEXT,
    getdatabaseencoding() = 'UTF8' AND lower(chr(196)) = chr(228) AND lower('I') = 'i',
    (
        SELECT coalesce(json_object_agg(quote_ident(evtname), proname ORDER BY evtname), '{}')
        FROM pg_event_trigger INNER JOIN pg_proc ON evtfoid = pg_proc.oid
        WHERE evtenabled <> 'D' AND evtevent <> 'login'
    ),
    current_setting('citus.enable_schema_based_sharding', TRUE) IN ('on', 'true', 'yes', '1')
