-- The house rules a database can show, as queries over its catalog that must return nothing.
-- Each has been seen to fail: tests/test_catalog_rules.py commits the offence, then cures it.
BEGIN;
SELECT plan(21);

CREATE TEMP VIEW store_relations AS
SELECT *
FROM pg_class
WHERE relnamespace = current_schema()::REGNAMESPACE;

CREATE TEMP VIEW store_columns AS
SELECT
    store_relations.relname,
    store_relations.relkind,
    pg_attribute.attrelid,
    pg_attribute.attnum,
    pg_attribute.attname,
    pg_attribute.attidentity,
    pg_attribute.attgenerated,
    pg_attribute.atttypid,
    format_type(pg_attribute.atttypid, pg_attribute.atttypmod) AS type_name
FROM store_relations
INNER JOIN pg_attribute ON store_relations.oid = pg_attribute.attrelid
WHERE
    pg_attribute.attnum > 0 AND NOT pg_attribute.attisdropped
    AND store_relations.relkind IN ('r', 'p', 'm') AND NOT store_relations.relispartition;

CREATE TEMP VIEW store_functions AS
SELECT
    *,
    translate(array_to_string(proconfig, ';') || ';', '" ', '')
    LIKE '%search_path=' || current_schema() || ',pg_temp;%' AS is_pinned
FROM pg_proc
WHERE pronamespace = current_schema()::REGNAMESPACE;

-- Keys and constraints

SELECT is_empty($$
    SELECT conrelid::REGCLASS, conname FROM pg_constraint
    WHERE connamespace = current_schema()::REGNAMESPACE AND contype = 'f'
    AND NOT EXISTS (
        SELECT FROM pg_index
        WHERE indrelid = conrelid AND indisvalid AND indpred IS NULL
        AND (indkey::INT2[])[0:cardinality(conkey) - 1] = conkey
    )
$$, 'every foreign key has a full, valid index that leads with it, in its order');

SELECT is_empty($$
    SELECT conrelid::REGCLASS, conname FROM pg_constraint
    WHERE connamespace = current_schema()::REGNAMESPACE AND NOT convalidated
$$, 'every constraint is validated');

SELECT is_empty($$
    SELECT conrelid::REGCLASS, conname FROM pg_constraint
    WHERE connamespace = current_schema()::REGNAMESPACE AND contype = 'c'
    AND conname ~ '_check\d*$'
$$, 'every CHECK is named for the fact it states');

SELECT is_empty($$
    SELECT indrelid::REGCLASS, indexrelid::REGCLASS FROM pg_index
    INNER JOIN store_relations ON store_relations.oid = pg_index.indexrelid
    WHERE NOT indisvalid OR NOT indisunique AND relname !~ '_(idx\d*|excl)$'
$$, 'every index is valid and, unless it states a fact by being unique, named as one');

SELECT is_empty($$
    SELECT tgrelid::REGCLASS, tgname FROM pg_trigger
    INNER JOIN store_relations ON store_relations.oid = pg_trigger.tgrelid
    WHERE tgenabled NOT IN ('O', 'A')
$$, 'every trigger is enabled');

-- Types

-- A balance alone has a sign, and what is summed up of a table was checked there.
SELECT is_empty($$
    SELECT relname, attname, type_name FROM store_columns
    WHERE atttypid IN ('FLOAT4'::REGTYPE, 'FLOAT8'::REGTYPE, 'MONEY'::REGTYPE)
    OR atttypid = 'NUMERIC'::REGTYPE AND relkind <> 'm' AND relname !~ '_rollup$'
    AND (attname, attgenerated) <> ('balance', 's')
$$, 'money is an AMOUNT and a rate a SHARE');

-- The deploy's books stand before the domains do.
SELECT is_empty($$
    SELECT relname, attname, type_name FROM store_columns
    WHERE atttypid IN ('TIMESTAMP'::REGTYPE, 'TIME'::REGTYPE, 'TIMETZ'::REGTYPE)
    OR atttypid = 'TIMESTAMPTZ'::REGTYPE AND relkind <> 'm' AND relname !~ '^deploy'
$$, 'a moment is an INSTANT');

SELECT is_empty($$
    SELECT relname, attname FROM store_columns
    WHERE pg_get_serial_sequence(quote_ident(relname), attname) IS NOT NULL AND attidentity <> 'a'
$$, 'a number the store gives out is GENERATED ALWAYS AS IDENTITY');

-- Functions and views

SELECT is_empty($$
    SELECT oid::REGPROCEDURE FROM store_functions
    WHERE prokind <> 'a' AND prosqlbody IS NULL AND is_pinned IS NOT TRUE
$$, 'every function pins its search_path or has a body bound when it was created');

-- Before 18 a plan with a forbidden step costs 10,000,000,000, which the JIT takes for half a
-- second's worth of compiling.
SELECT is_empty($$
    SELECT oid::REGPROCEDURE FROM store_functions
    WHERE array_to_string(proconfig, ' ') ~ '\menable_\w+=(off|false)'
    AND 'jit=off' <> ALL (proconfig)
$$, 'what forbids a plan forbids the JIT');

-- Where standard_conforming_strings is off, '\S' is an S.
SELECT is_empty($$
    SELECT oid::REGPROCEDURE FROM store_functions
    WHERE prosqlbody IS NULL AND strpos(prosrc, chr(92)) > 0
    AND NOT coalesce('standard_conforming_strings=on' = ANY (proconfig), FALSE)
$$, 'what writes a backslash says how it is read');

SELECT is_empty($$
    SELECT oid::REGPROCEDURE FROM store_functions
    WHERE prosecdef AND is_pinned IS NOT TRUE
$$, 'every SECURITY DEFINER function pins its search_path');

SELECT is_empty($$
    SELECT proname, count(*) FROM store_functions
    GROUP BY proname HAVING count(*) > 1
$$, 'no function is overloaded');

-- PostgreSQL 15 refuses the table any later column, as if such a function kept rows of it.
SELECT is_empty($$
    SELECT store_functions.oid::REGPROCEDURE, relname FROM store_functions
    CROSS JOIN LATERAL unnest(proargtypes) AS argument (type_id)
    INNER JOIN pg_class ON reltype = argument.type_id AND relkind IN ('r', 'p')
    WHERE prosqlbody IS NOT NULL
$$, 'no function whose body is bound when it is created takes a row of a table');

SELECT is_empty($$
    SELECT relname FROM store_relations
    WHERE relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (reloptions), FALSE)
$$, 'every view reads with the rights of whoever asks');

-- Comments

SELECT is_empty($$
    SELECT relname FROM store_relations
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND obj_description(oid, 'pg_class') IS NULL
$$, 'every table has a comment');

SELECT is_empty($$
    SELECT relname FROM store_relations
    WHERE relkind IN ('v', 'm') AND obj_description(oid, 'pg_class') IS NULL
$$, 'every view has a comment');

SELECT is_empty($$
    SELECT oid::REGPROCEDURE FROM store_functions
    WHERE obj_description(oid, 'pg_proc') IS NULL
$$, 'every function has a comment');

SELECT is_empty($$
    SELECT typname FROM pg_type
    LEFT JOIN pg_class ON pg_type.typrelid = pg_class.oid
    WHERE typnamespace = current_schema()::REGNAMESPACE
    AND (typtype IN ('d', 'e', 'r') OR pg_class.relkind = 'c')
    AND obj_description(pg_type.oid, 'pg_type') IS NULL
$$, 'every domain and type has a comment');

-- Names of policies and owners

SELECT is_empty($$
    SELECT polrelid::REGCLASS, polname FROM pg_policy
    INNER JOIN store_relations ON store_relations.oid = pg_policy.polrelid
    WHERE polname !~ format('^%s_(select|insert|update|delete|all)_.', relname)
$$, 'every policy is named for its table, its command and whose rows it shows');

SELECT is_empty($$
    SELECT relname FROM store_relations
    WHERE relowner <> (SELECT nspowner FROM pg_namespace WHERE nspname = current_schema())
$$, 'everything belongs to the owner of the schema');

SELECT * FROM finish();
ROLLBACK;
