-- Runs, experiments and metrics get short numbers, by which their parts refer to them: a point takes 30 bytes instead of 250, and joins compare integers.

CREATE TABLE tracking_experiments_by_number (
    number INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    lifecycle TEXT NOT NULL,
    artifact_location TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);

INSERT INTO tracking_experiments_by_number (number, namespace, id, name, lifecycle, artifact_location, created, updated)
SELECT ROW_NUMBER() OVER (ORDER BY created, id), namespace, id, name, lifecycle,
    CASE WHEN namespace = 'default' THEN 'mlflow-artifacts:/' || id ELSE 'mlflow-artifacts:/workspaces/' || namespace || '/' || id END, created, updated
FROM tracking_experiments;

CREATE TABLE tracking_experiment_tags_by_number (
    experiment INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (experiment, key)
) /* SQLite: WITHOUT ROWID */;

INSERT INTO tracking_experiment_tags_by_number (experiment, key, value)
SELECT e.number, t.key, t.value FROM tracking_experiment_tags t
JOIN tracking_experiments_by_number e ON e.namespace = t.namespace AND e.id = t.experiment_id;

CREATE TABLE tracking_runs_by_number (
    number INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    experiment INTEGER NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    lifecycle TEXT NOT NULL,
    user_name TEXT NOT NULL,
    started BIGINT NOT NULL,
    finished BIGINT,
    deleted BIGINT
);

INSERT INTO tracking_runs_by_number (number, namespace, id, experiment, name, status, lifecycle, user_name, started, finished, deleted)
SELECT ROW_NUMBER() OVER (ORDER BY r.started, r.id), r.namespace, r.id, e.number, r.name, upper(r.status), r.lifecycle, r.user_name, r.started, r.finished, NULL
FROM tracking_runs r JOIN tracking_experiments_by_number e ON e.namespace = r.namespace AND e.id = r.experiment_id;

CREATE UNIQUE INDEX tracking_runs_by_id ON tracking_runs_by_number (namespace, id);

CREATE TABLE tracking_params_by_number (
    run INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, key)
) /* SQLite: WITHOUT ROWID */;

INSERT INTO tracking_params_by_number (run, key, value)
SELECT r.number, p.key, p.value FROM tracking_params p JOIN tracking_runs_by_number r ON r.namespace = p.namespace AND r.id = p.run_id;

CREATE TABLE tracking_tags_by_number (
    run INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, key)
) /* SQLite: WITHOUT ROWID */;

INSERT INTO tracking_tags_by_number (run, key, value)
SELECT r.number, t.key, t.value FROM tracking_tags t JOIN tracking_runs_by_number r ON r.namespace = t.namespace AND r.id = t.run_id;

-- One row for each metric of a run: its number (series), and its current point, the greatest by (step, time, value).
CREATE TABLE tracking_metrics (
    series INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    experiment INTEGER NOT NULL,
    key TEXT NOT NULL,
    step BIGINT NOT NULL,
    time BIGINT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    is_nan BIGINT NOT NULL
);

INSERT INTO tracking_metrics (series, run, experiment, key, step, time, value, is_nan)
SELECT ROW_NUMBER() OVER (ORDER BY r.number, m.key), r.number, r.experiment, m.key, m.step, m.time, m.value, m.is_nan
FROM tracking_latest_metrics m JOIN tracking_runs_by_number r ON r.namespace = m.namespace AND r.id = m.run_id;

CREATE UNIQUE INDEX tracking_metrics_by_run ON tracking_metrics (run, key);

-- Every point ever logged, in the order in which histories are read; the same point again is the same row.
-- SQLite turns NaN into NULL, so NaN is kept as value 0 with is_nan 1.
CREATE TABLE tracking_points (
    series INTEGER NOT NULL,
    time BIGINT NOT NULL,
    step BIGINT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    is_nan BIGINT NOT NULL,
    PRIMARY KEY (series, time, step, value, is_nan)
) /* SQLite: WITHOUT ROWID */;

INSERT INTO tracking_points (series, time, step, value, is_nan)
SELECT m.series, p.time, p.step, p.value, p.is_nan
FROM tracking_metric_points p
JOIN tracking_runs_by_number r ON r.namespace = p.namespace AND r.id = p.run_id
JOIN tracking_metrics m ON m.run = r.number AND m.key = p.key;

DROP TABLE tracking_experiments;
DROP TABLE tracking_experiment_tags;
DROP TABLE tracking_runs;
DROP TABLE tracking_params;
DROP TABLE tracking_tags;
DROP TABLE tracking_latest_metrics;
DROP TABLE tracking_metric_points;

ALTER TABLE tracking_experiments_by_number RENAME TO tracking_experiments;
ALTER TABLE tracking_experiment_tags_by_number RENAME TO tracking_experiment_tags;
ALTER TABLE tracking_runs_by_number RENAME TO tracking_runs;
ALTER TABLE tracking_params_by_number RENAME TO tracking_params;
ALTER TABLE tracking_tags_by_number RENAME TO tracking_tags;

CREATE UNIQUE INDEX tracking_experiments_by_id ON tracking_experiments (namespace, id);

-- Only a living experiment holds its name.
CREATE UNIQUE INDEX tracking_experiments_by_name ON tracking_experiments (namespace, name) WHERE lifecycle = 'active';
CREATE INDEX tracking_experiments_by_any_name ON tracking_experiments (namespace, name);

-- The default order of searches, and of our own lists.
CREATE INDEX tracking_runs_by_experiment ON tracking_runs (experiment, lifecycle, started, id);
CREATE INDEX tracking_runs_by_time ON tracking_runs (namespace, started, id);

-- Searches that sort by a metric read this in order and stop when the page is full.
CREATE INDEX tracking_metrics_by_value ON tracking_metrics (experiment, key, is_nan, value, run);
