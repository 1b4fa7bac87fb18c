CREATE TABLE tracking_datasets (
    number INTEGER PRIMARY KEY,
    experiment INTEGER NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    source_type TEXT NOT NULL,
    source TEXT NOT NULL,
    schema_text TEXT,
    profile TEXT
);

CREATE UNIQUE INDEX tracking_datasets_by_name ON tracking_datasets (experiment, name, digest);

CREATE TABLE tracking_inputs (
    run INTEGER NOT NULL,
    dataset INTEGER NOT NULL,
    PRIMARY KEY (run, dataset)
) /* SQLite: WITHOUT ROWID */;

CREATE INDEX tracking_inputs_by_dataset ON tracking_inputs (dataset);

CREATE TABLE tracking_input_tags (
    run INTEGER NOT NULL,
    dataset INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, dataset, key)
) /* SQLite: WITHOUT ROWID */;

CREATE TABLE tracking_model_inputs (
    run INTEGER NOT NULL,
    model_id TEXT NOT NULL,
    PRIMARY KEY (run, model_id)
) /* SQLite: WITHOUT ROWID */;

CREATE TABLE tracking_model_outputs (
    run INTEGER NOT NULL,
    model_id TEXT NOT NULL,
    step BIGINT NOT NULL,
    PRIMARY KEY (run, model_id, step)
) /* SQLite: WITHOUT ROWID */;

CREATE TABLE tracking_models (
    number INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    experiment INTEGER NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    status_message TEXT,
    lifecycle TEXT NOT NULL,
    model_type TEXT NOT NULL,
    source_run_id TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);

CREATE UNIQUE INDEX tracking_models_by_id ON tracking_models (namespace, id);
CREATE INDEX tracking_models_by_experiment ON tracking_models (experiment, lifecycle, created);

CREATE TABLE tracking_model_tags (
    model INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (model, key)
) /* SQLite: WITHOUT ROWID */;

CREATE TABLE tracking_model_params (
    model INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (model, key)
) /* SQLite: WITHOUT ROWID */;

CREATE TABLE tracking_model_metrics (
    model INTEGER NOT NULL,
    key TEXT NOT NULL,
    time BIGINT NOT NULL,
    step BIGINT NOT NULL,
    run_id TEXT NOT NULL,
    dataset_name TEXT NOT NULL,
    dataset_digest TEXT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    is_nan BIGINT NOT NULL,
    PRIMARY KEY (model, key, time, step, run_id, dataset_name, dataset_digest, value, is_nan)
) /* SQLite: WITHOUT ROWID */;
