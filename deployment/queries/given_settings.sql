-- Which settings this session has been given by its role or its database.

SELECT lower(split_part(entry, '=', 1))
FROM pg_db_role_setting CROSS JOIN unnest(setconfig) AS entry
WHERE
    setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = session_user))
