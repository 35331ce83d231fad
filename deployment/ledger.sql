-- What deploy.py has done to this store. It creates these tables itself, before sql/, because it
-- reads them to know which of those files have to run.

CREATE TABLE deployed_files (
    directory TEXT NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_by TEXT NOT NULL DEFAULT session_user,
    duration INTERVAL NOT NULL,
    objects JSONB NOT NULL,
    rights TEXT[] NOT NULL,
    CONSTRAINT deployed_files_pkey PRIMARY KEY (directory, file),
    CONSTRAINT deployed_files_sha256_is_hexadecimal CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT deployed_files_objects_are_a_map CHECK (jsonb_typeof(objects) = 'object')
);
COMMENT ON TABLE deployed_files IS
'The files that make up this store as it stands, a row a file. Written by deploy.py alone.';
COMMENT ON COLUMN deployed_files.directory IS 'The folder under sql/.';
COMMENT ON COLUMN deployed_files.file IS 'The file in that folder.';
COMMENT ON COLUMN deployed_files.sha256 IS 'Hash of the text last applied, with LF line ends.';
COMMENT ON COLUMN deployed_files.applied_at IS 'Start of the transaction that last applied it.';
COMMENT ON COLUMN deployed_files.applied_by IS 'The login that last applied it.';
COMMENT ON COLUMN deployed_files.duration IS 'How long it ran.';
COMMENT ON COLUMN deployed_files.objects IS
'What the file made, named as the catalog names it, each with the hash of its CREATE statement;
NULL where no statement of the file names it.';
COMMENT ON COLUMN deployed_files.rights IS
'Its GRANTs, REVOKEs and COMMENTs: undone once no file says them any more.';

CREATE TABLE deploy_log (
    deploy_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action TEXT NOT NULL,
    files TEXT[] NOT NULL,
    ledger_format INT NOT NULL,
    performed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    performed_by TEXT NOT NULL DEFAULT session_user,
    duration INTERVAL NOT NULL,
    CONSTRAINT deploy_log_action_is_known CHECK (action IN ('deploy', 'demo', 'repair', 'adopt'))
);
COMMENT ON TABLE deploy_log IS 'What deploy.py did to this store and when; append-only.';
COMMENT ON COLUMN deploy_log.deploy_id IS 'Key; in the order of the deploys.';
COMMENT ON COLUMN deploy_log.action IS
'`deploy`: files were applied. `demo`: the demo data was loaded. `repair`: all files that may run
again did. `adopt`: an existing store was entered into the ledger.';
COMMENT ON COLUMN deploy_log.files IS 'The files applied, in order, by their path under sql/.';
COMMENT ON COLUMN deploy_log.ledger_format IS
'The form of these two tables; a deploy.py that knows only older forms refuses the store.';
COMMENT ON COLUMN deploy_log.performed_at IS 'Start of the transaction.';
COMMENT ON COLUMN deploy_log.performed_by IS 'The login that ran deploy.py.';
COMMENT ON COLUMN deploy_log.duration IS 'From the start of the transaction to its last file.';

CREATE TABLE deployed_objects (
    object TEXT PRIMARY KEY,
    server_major INT NOT NULL,
    facts JSONB NOT NULL,
    CONSTRAINT deployed_objects_facts_are_a_list CHECK (jsonb_typeof(facts) = 'array')
);
-- A megabyte and a half: compressing it would cost a deploy more than its room is worth.
ALTER TABLE deployed_objects ALTER COLUMN facts SET STORAGE EXTERNAL;
COMMENT ON TABLE deployed_objects IS
'What the catalog says of this store''s objects as they were deployed, a row an object. `deploy.py
--verify` compares with it where it can make no fresh store: on a standby, or without CREATE on the
database.';
COMMENT ON COLUMN deployed_objects.object IS
'Its kind and name: `table store.orders`, or `schema`.';
COMMENT ON COLUMN deployed_objects.server_major IS
'The major version that said so; another words the same otherwise.';
COMMENT ON COLUMN deployed_objects.facts IS
'A list of [what, value, the statement that makes it so, where that does not follow from them], in
the order in which to make them.';

CREATE FUNCTION refuse_deploy_log_change() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $refuse_deploy_log_change$
BEGIN
    RAISE EXCEPTION 'deploy_log is append-only' USING ERRCODE = 'restrict_violation',
        HINT = 'What was deployed stays on record; leave the rows as they are.';
END;
$refuse_deploy_log_change$;
REVOKE EXECUTE ON FUNCTION refuse_deploy_log_change() FROM PUBLIC;
COMMENT ON FUNCTION refuse_deploy_log_change() IS
'Trigger: refuses UPDATE, DELETE and TRUNCATE of deploy_log, also by the owner. Raises 23001.';

CREATE TRIGGER deploy_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON deploy_log
FOR EACH STATEMENT EXECUTE FUNCTION refuse_deploy_log_change();
