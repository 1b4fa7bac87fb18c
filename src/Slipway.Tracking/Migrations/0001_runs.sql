CREATE TABLE tracking_experiments (
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    lifecycle TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    PRIMARY KEY (namespace, id)
);

CREATE UNIQUE INDEX tracking_experiments_by_name ON tracking_experiments (namespace, name);

CREATE TABLE tracking_experiment_tags (
    namespace TEXT NOT NULL,
    experiment_id TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (namespace, experiment_id, key)
);

CREATE TABLE tracking_runs (
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    experiment_id TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    lifecycle TEXT NOT NULL,
    user_name TEXT NOT NULL,
    started BIGINT NOT NULL,
    finished BIGINT,
    PRIMARY KEY (namespace, id)
);

CREATE INDEX tracking_runs_by_time ON tracking_runs (namespace, started, id);

CREATE INDEX tracking_runs_by_experiment ON tracking_runs (namespace, experiment_id, started, id);

CREATE TABLE tracking_params (
    namespace TEXT NOT NULL,
    run_id TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (namespace, run_id, key)
);

CREATE TABLE tracking_tags (
    namespace TEXT NOT NULL,
    run_id TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (namespace, run_id, key)
);

-- Every point ever logged; the same point again is the same row. SQLite turns NaN into NULL, so NaN is kept as value 0 with is_nan 1.
CREATE TABLE tracking_metric_points (
    namespace TEXT NOT NULL,
    run_id TEXT NOT NULL,
    key TEXT NOT NULL,
    step BIGINT NOT NULL,
    time BIGINT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    is_nan BIGINT NOT NULL,
    PRIMARY KEY (namespace, run_id, key, step, time, value, is_nan)
);

-- The greatest point of each metric by (step, time, value): what searches compare and lists show.
CREATE TABLE tracking_latest_metrics (
    namespace TEXT NOT NULL,
    run_id TEXT NOT NULL,
    key TEXT NOT NULL,
    step BIGINT NOT NULL,
    time BIGINT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    is_nan BIGINT NOT NULL,
    PRIMARY KEY (namespace, run_id, key)
);
