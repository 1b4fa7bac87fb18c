CREATE TABLE pipeline_specs (
  digest TEXT NOT NULL PRIMARY KEY,
  content TEXT NOT NULL
);

ALTER TABLE pipeline_runs ADD COLUMN display_name TEXT NOT NULL DEFAULT '';
ALTER TABLE pipeline_runs ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE pipeline_runs ADD COLUMN experiment_id TEXT;
ALTER TABLE pipeline_runs ADD COLUMN pipeline_id TEXT;
ALTER TABLE pipeline_runs ADD COLUMN pipeline_version_id TEXT;
ALTER TABLE pipeline_runs ADD COLUMN recurring_run_id TEXT;
ALTER TABLE pipeline_runs ADD COLUMN service_account TEXT;
ALTER TABLE pipeline_runs ADD COLUMN spec_digest TEXT;
ALTER TABLE pipeline_runs ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
ALTER TABLE pipeline_runs ADD COLUMN pipeline_root TEXT;
ALTER TABLE pipeline_runs ADD COLUMN outputs TEXT;
ALTER TABLE pipeline_runs ADD COLUMN storage_state TEXT NOT NULL DEFAULT 'AVAILABLE';
ALTER TABLE pipeline_runs ADD COLUMN state_history TEXT NOT NULL DEFAULT '[]';
ALTER TABLE pipeline_runs ADD COLUMN scheduled BIGINT;
ALTER TABLE pipeline_runs ADD COLUMN started BIGINT;
ALTER TABLE pipeline_runs ADD COLUMN priority BIGINT NOT NULL DEFAULT 0;
ALTER TABLE pipeline_runs ADD COLUMN owner TEXT;
ALTER TABLE pipeline_runs ADD COLUMN token BIGINT NOT NULL DEFAULT 0;
ALTER TABLE pipeline_runs ADD COLUMN cloned_from TEXT;

UPDATE pipeline_runs SET display_name = pipeline, scheduled = created, started = created;
UPDATE pipeline_runs SET state = 'Canceled' WHERE state = 'Cancelled';

CREATE INDEX pipeline_runs_created ON pipeline_runs (namespace, created, id);
CREATE INDEX pipeline_runs_experiment ON pipeline_runs (experiment_id, created, id);

CREATE TABLE pipeline_tasks (
  run_id TEXT NOT NULL,
  path TEXT NOT NULL,
  id TEXT NOT NULL,
  number BIGINT NOT NULL,
  parent TEXT,
  name TEXT NOT NULL,
  display_name TEXT NOT NULL,
  kind TEXT NOT NULL,
  component TEXT NOT NULL,
  state TEXT NOT NULL,
  cause TEXT NOT NULL,
  iteration BIGINT,
  attempt BIGINT NOT NULL,
  lost BIGINT NOT NULL,
  not_before BIGINT NOT NULL,
  created BIGINT NOT NULL,
  started BIGINT,
  finished BIGINT,
  error TEXT,
  inputs TEXT,
  outputs TEXT,
  cached_from TEXT,
  fingerprint TEXT,
  detail TEXT,
  history TEXT NOT NULL,
  PRIMARY KEY (run_id, path)
);

CREATE INDEX pipeline_tasks_id ON pipeline_tasks (id);

INSERT INTO pipeline_tasks (run_id, path, id, number, parent, name, display_name, kind, component, state, cause, attempt, lost, not_before, created, started,
  finished, error, outputs, history)
SELECT run_id, 'root/' || name, run_id || '-' || name, position + 1, 'root', name, name, 'Container', component, state,
  CASE WHEN state = 'Failed' THEN 'Step' WHEN state = 'Skipped' AND attempt > 0 THEN 'Condition' WHEN state = 'Skipped' THEN 'FailFast' ELSE 'None' END,
  attempt, 0, 0, COALESCE(started, 0), started, finished, error,
  CASE WHEN outputs IS NULL THEN NULL ELSE '{"parameterValues":{"outputs":' || outputs || '},"artifacts":{}}' END, '[]'
FROM pipeline_steps
WHERE state IN ('Succeeded', 'Failed', 'Skipped');

DROP TABLE pipeline_steps;

CREATE TABLE pipeline_servers (
  id TEXT NOT NULL PRIMARY KEY,
  until BIGINT NOT NULL
);

CREATE TABLE pipeline_cache (
  namespace TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  run_id TEXT NOT NULL,
  path TEXT NOT NULL,
  outputs TEXT NOT NULL,
  created BIGINT NOT NULL,
  PRIMARY KEY (namespace, fingerprint)
);

CREATE INDEX pipeline_cache_run ON pipeline_cache (run_id);

CREATE TABLE pipeline_artifacts (
  run_id TEXT NOT NULL,
  path TEXT NOT NULL,
  direction TEXT NOT NULL,
  name TEXT NOT NULL,
  position BIGINT NOT NULL,
  id TEXT NOT NULL,
  namespace TEXT NOT NULL,
  type TEXT NOT NULL,
  uri TEXT NOT NULL,
  digest TEXT,
  bytes BIGINT,
  metadata TEXT NOT NULL,
  created BIGINT NOT NULL,
  PRIMARY KEY (run_id, path, direction, name, position)
);

CREATE INDEX pipeline_artifacts_digest ON pipeline_artifacts (digest);
CREATE INDEX pipeline_artifacts_uri ON pipeline_artifacts (uri);
CREATE INDEX pipeline_artifacts_id ON pipeline_artifacts (id);
