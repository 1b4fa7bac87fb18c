-- One row per trace. Times are milliseconds since 1970, as MLflow's wire has them; ends is request_time + duration, kept for searches.
-- usage_given is 1 when the client told the trace's token usage, which then is not computed from its spans.
CREATE TABLE traces_infos (
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    experiment_id TEXT NOT NULL,
    client_request_id TEXT,
    request_time BIGINT NOT NULL,
    duration BIGINT,
    state TEXT NOT NULL,
    request_preview TEXT,
    response_preview TEXT,
    usage_given BIGINT NOT NULL,
    PRIMARY KEY (namespace, id)
);

CREATE INDEX traces_infos_by_time ON traces_infos (namespace, experiment_id, request_time, id);

CREATE TABLE traces_tags (
    namespace TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (namespace, trace_id, key)
);

CREATE TABLE traces_metadata (
    namespace TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (namespace, trace_id, key)
);

-- Numbers of a trace that are summed up in charts: its token usage.
CREATE TABLE traces_metrics (
    namespace TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    key TEXT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (namespace, trace_id, key)
);

-- content is the span as MLflow's trace files have it. Times are nanoseconds since 1970; ended is NULL while it runs.
CREATE TABLE traces_spans (
    namespace TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    span_id TEXT NOT NULL,
    parent_id TEXT,
    name TEXT NOT NULL,
    type TEXT,
    status TEXT NOT NULL,
    started BIGINT NOT NULL,
    ended BIGINT,
    input_tokens BIGINT,
    output_tokens BIGINT,
    total_tokens BIGINT,
    content TEXT NOT NULL,
    PRIMARY KEY (namespace, trace_id, span_id)
);

-- The beginnings of attribute values, for searches; the whole values are in the span's content.
CREATE TABLE traces_span_attributes (
    namespace TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    span_id TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (namespace, trace_id, span_id, key)
);

-- What people and judges say about traces. value is JSON; value_text is what a search compares with.
CREATE TABLE traces_assessments (
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    value_text TEXT NOT NULL,
    error TEXT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    source_type TEXT NOT NULL,
    source_id TEXT NOT NULL,
    span_id TEXT,
    rationale TEXT,
    overrides TEXT,
    valid BIGINT NOT NULL,
    metadata TEXT NOT NULL,
    PRIMARY KEY (namespace, trace_id, id)
);

-- Traces of a run (kind 'run'), and prompts that a trace used (kind 'prompt', target NAME/VERSION).
CREATE TABLE traces_links (
    namespace TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (namespace, trace_id, kind, target)
);

CREATE INDEX traces_links_by_target ON traces_links (namespace, kind, target);
