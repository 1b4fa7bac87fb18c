-- Which model version each service served under which revision number. Rows are never changed.
CREATE TABLE serving_revisions (
    namespace TEXT NOT NULL,
    service TEXT NOT NULL,
    number BIGINT NOT NULL,
    model TEXT NOT NULL,
    model_version BIGINT NOT NULL,
    digest TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (namespace, service, number)
);

-- One row per prediction id and model version. served is 1 for the one answer that the caller got, 0 for what was computed for comparison.
CREATE TABLE serving_predictions (
    namespace TEXT NOT NULL,
    service TEXT NOT NULL,
    id TEXT NOT NULL,
    model_version BIGINT NOT NULL,
    event_time BIGINT NOT NULL,
    served BIGINT NOT NULL,
    inputs TEXT NOT NULL,
    prediction_number DOUBLE PRECISION,
    prediction_text TEXT,
    probabilities TEXT,
    latency_micros BIGINT NOT NULL,
    error TEXT,
    PRIMARY KEY (namespace, service, id, model_version)
);

CREATE INDEX serving_predictions_by_time ON serving_predictions (namespace, service, event_time);

-- What turned out to be true, by prediction id. The first value stands.
CREATE TABLE serving_labels (
    namespace TEXT NOT NULL,
    service TEXT NOT NULL,
    id TEXT NOT NULL,
    value_number DOUBLE PRECISION,
    value_text TEXT,
    received BIGINT NOT NULL,
    PRIMARY KEY (namespace, service, id)
);

-- Stretches of event time whose labels are in; each begins where the one before ends.
CREATE TABLE serving_windows (
    namespace TEXT NOT NULL,
    service TEXT NOT NULL,
    number BIGINT NOT NULL,
    from_time BIGINT NOT NULL,
    until_time BIGINT NOT NULL,
    PRIMARY KEY (namespace, service, number)
);
