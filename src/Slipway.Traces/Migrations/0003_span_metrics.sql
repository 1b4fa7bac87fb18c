-- Numbers of single spans: token usage and cost, by MLflow's names. They take the place of three columns that held the tokens only.
CREATE TABLE traces_span_metrics (
    namespace TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    span_id TEXT NOT NULL,
    key TEXT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (namespace, trace_id, span_id, key)
);

ALTER TABLE traces_spans DROP COLUMN input_tokens;

ALTER TABLE traces_spans DROP COLUMN output_tokens;

ALTER TABLE traces_spans DROP COLUMN total_tokens;

-- The traces of a session: an assessment of a session speaks of all of them.
CREATE INDEX traces_metadata_sessions ON traces_metadata (namespace, value) WHERE key = 'mlflow.trace.session';
