-- Evaluation datasets: questions with what is expected of the answers. schema and profile are JSON, made from the records.
CREATE TABLE traces_datasets (
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    schema TEXT,
    profile TEXT,
    digest TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    created_by TEXT,
    updated_by TEXT,
    PRIMARY KEY (namespace, id)
);

CREATE INDEX traces_datasets_by_time ON traces_datasets (namespace, created, id);

CREATE TABLE traces_dataset_tags (
    namespace TEXT NOT NULL,
    dataset_id TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (namespace, dataset_id, key)
);

CREATE TABLE traces_dataset_experiments (
    namespace TEXT NOT NULL,
    dataset_id TEXT NOT NULL,
    experiment_id TEXT NOT NULL,
    PRIMARY KEY (namespace, dataset_id, experiment_id)
);

CREATE INDEX traces_dataset_experiments_back ON traces_dataset_experiments (namespace, experiment_id, dataset_id);

-- A record is known by its inputs: the same inputs again change it. All values are JSON.
CREATE TABLE traces_dataset_records (
    namespace TEXT NOT NULL,
    dataset_id TEXT NOT NULL,
    id TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    inputs TEXT NOT NULL,
    outputs TEXT,
    expectations TEXT,
    tags TEXT,
    source TEXT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    created_by TEXT,
    updated_by TEXT,
    PRIMARY KEY (namespace, dataset_id, input_hash)
);

CREATE INDEX traces_dataset_records_by_time ON traces_dataset_records (namespace, dataset_id, created, id);

CREATE TABLE traces_scorers (
    namespace TEXT NOT NULL,
    experiment_id TEXT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    id TEXT NOT NULL,
    serialized TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (namespace, experiment_id, name, version)
);

CREATE TABLE traces_issues (
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    experiment_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    status TEXT NOT NULL,
    severity TEXT,
    root_causes TEXT NOT NULL,
    categories TEXT NOT NULL,
    source_run_id TEXT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    created_by TEXT,
    PRIMARY KEY (namespace, id)
);

CREATE INDEX traces_issues_by_experiment ON traces_issues (namespace, experiment_id, created, id);
