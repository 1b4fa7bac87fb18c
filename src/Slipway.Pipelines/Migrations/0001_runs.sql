CREATE TABLE pipeline_runs (
  id TEXT NOT NULL PRIMARY KEY,
  namespace TEXT NOT NULL,
  pipeline TEXT NOT NULL,
  state TEXT NOT NULL,
  definition TEXT NOT NULL,
  parameters TEXT NOT NULL,
  labels TEXT NOT NULL,
  reason TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  created BIGINT NOT NULL,
  finished BIGINT,
  error TEXT
);

CREATE UNIQUE INDEX pipeline_runs_key ON pipeline_runs (namespace, idempotency_key);

CREATE INDEX pipeline_runs_newest ON pipeline_runs (namespace, id);

CREATE INDEX pipeline_runs_open ON pipeline_runs (state, id);

CREATE TABLE pipeline_steps (
  run_id TEXT NOT NULL,
  name TEXT NOT NULL,
  position BIGINT NOT NULL,
  component TEXT NOT NULL,
  state TEXT NOT NULL,
  attempt BIGINT NOT NULL,
  owner TEXT,
  claimed_until BIGINT,
  not_before BIGINT NOT NULL,
  started BIGINT,
  finished BIGINT,
  error TEXT,
  outputs TEXT,
  PRIMARY KEY (run_id, name)
);
