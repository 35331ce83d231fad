-- An attacker's schema: every function of pg_catalog that the store's functions name, and every
-- operator between types they use, once more. Each raises an error that says it was reached.

CREATE SCHEMA evil;
GRANT USAGE ON SCHEMA evil TO PUBLIC;

DO $$
DECLARE
    v_types REGTYPE[] := '{int4,int8,text,numeric,bool,timestamptz,timestamp,date,interval,json,
        jsonb,bytea,xid8,int8multirange,oid,name}';
    v_shadow RECORD;
BEGIN
    FOR v_shadow IN
        SELECT DISTINCT
            proname AS name,
            array_to_string(proargtypes::OID[]::REGTYPE[], ', ') AS arguments,
            CASE WHEN proretset THEN 'SETOF ' ELSE '' END || prorettype::REGTYPE AS result,
            NULL::NAME AS operator
        FROM pg_proc
        WHERE
            pronamespace = 'pg_catalog'::REGNAMESPACE
            AND prokind = 'f' AND provariadic = 0
            AND NOT EXISTS (
                SELECT FROM pg_type
                WHERE oid = ANY (proargtypes::OID[] || prorettype) AND typtype = 'p'
                AND typname <> 'void'
            )
            AND EXISTS (
                SELECT FROM pg_proc AS ours
                WHERE ours.pronamespace = 'store'::REGNAMESPACE
                AND ours.prosrc ~ ('\m' || pg_proc.proname || '\M')
            )
        UNION ALL
        SELECT
            'operator_' || oid,
            format('%s, %s', oprleft::REGTYPE, oprright::REGTYPE),
            oprresult::REGTYPE::TEXT,
            oprname
        FROM pg_operator
        WHERE
            oprnamespace = 'pg_catalog'::REGNAMESPACE
            AND oprleft = ANY (v_types) AND oprright = ANY (v_types)
    LOOP
        EXECUTE format(
            'CREATE FUNCTION evil.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L',
            v_shadow.name, v_shadow.arguments, v_shadow.result,
            'BEGIN RAISE EXCEPTION ''shadowed''; END'
        );
        IF v_shadow.operator IS NOT NULL THEN
            EXECUTE format(
                'CREATE OPERATOR evil.%s (FUNCTION = evil.%I, LEFTARG = %s, RIGHTARG = %s)',
                v_shadow.operator, v_shadow.name,
                split_part(v_shadow.arguments, ', ', 1), split_part(v_shadow.arguments, ', ', 2)
            );
        END IF;
    END LOOP;
END;
$$;
