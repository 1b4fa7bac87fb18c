CREATE TABLE pipeline_catalog (
  id TEXT NOT NULL PRIMARY KEY,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  display_name TEXT NOT NULL,
  description TEXT NOT NULL,
  created BIGINT NOT NULL
);

CREATE UNIQUE INDEX pipeline_catalog_name ON pipeline_catalog (namespace, name);

CREATE TABLE pipeline_versions (
  id TEXT NOT NULL PRIMARY KEY,
  pipeline_id TEXT NOT NULL,
  name TEXT NOT NULL,
  display_name TEXT NOT NULL,
  description TEXT NOT NULL,
  package_url TEXT NOT NULL,
  code_source_url TEXT NOT NULL,
  spec TEXT NOT NULL,
  created BIGINT NOT NULL
);

CREATE UNIQUE INDEX pipeline_versions_name ON pipeline_versions (pipeline_id, name);

CREATE INDEX pipeline_versions_newest ON pipeline_versions (pipeline_id, created);

-- Of pipelines and of versions: their ids do not collide.
CREATE TABLE pipeline_tags (
  owner_id TEXT NOT NULL,
  tag TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (owner_id, tag)
);

CREATE TABLE pipeline_experiments (
  id TEXT NOT NULL PRIMARY KEY,
  namespace TEXT NOT NULL,
  display_name TEXT NOT NULL,
  description TEXT NOT NULL,
  storage_state TEXT NOT NULL,
  created BIGINT NOT NULL,
  last_run_created BIGINT NOT NULL
);

CREATE UNIQUE INDEX pipeline_experiments_name ON pipeline_experiments (namespace, display_name);

CREATE TABLE pipeline_schedules (
  id TEXT NOT NULL PRIMARY KEY,
  namespace TEXT NOT NULL,
  experiment_id TEXT NOT NULL,
  display_name TEXT NOT NULL,
  description TEXT NOT NULL,
  pipeline_id TEXT,
  pipeline_version_id TEXT,
  spec TEXT,
  runtime_config TEXT NOT NULL,
  service_account TEXT NOT NULL,
  cron TEXT,
  interval_seconds BIGINT,
  starts BIGINT,
  ends BIGINT,
  max_concurrency BIGINT NOT NULL,
  no_catchup BIGINT NOT NULL,
  enabled BIGINT NOT NULL,
  created BIGINT NOT NULL,
  updated BIGINT NOT NULL,
  -- Firings are due after this instant: the last one, or when it was created or enabled again.
  fired_until BIGINT NOT NULL,
  firings BIGINT NOT NULL,
  -- When to look at it next; null while it is disabled or has no firing left.
  next_due BIGINT,
  last_run_id TEXT,
  problem TEXT
);

CREATE INDEX pipeline_schedules_due ON pipeline_schedules (next_due);

CREATE INDEX pipeline_schedules_experiment ON pipeline_schedules (experiment_id);
