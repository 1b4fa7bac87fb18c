-- last_version and last_alias_sequence hand out numbers without gaps: they are raised in the transaction that uses the number,
-- and the row's lock makes concurrent writers of one model wait for one another.
CREATE TABLE registry_models (
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    last_version BIGINT NOT NULL,
    last_alias_sequence BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    PRIMARY KEY (namespace, name)
);

-- Rows are never changed. inputs, outputs, lineage, parameters, metrics and tags are JSON.
CREATE TABLE registry_versions (
    namespace TEXT NOT NULL,
    model TEXT NOT NULL,
    version BIGINT NOT NULL,
    idempotency_key TEXT NOT NULL,
    artifact_digest TEXT NOT NULL,
    format TEXT NOT NULL,
    inputs TEXT NOT NULL,
    outputs TEXT NOT NULL,
    lineage TEXT NOT NULL,
    parameters TEXT NOT NULL,
    metrics TEXT NOT NULL,
    tags TEXT NOT NULL,
    author TEXT NOT NULL,
    description TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (namespace, model, version)
);

CREATE UNIQUE INDEX registry_versions_by_key ON registry_versions (namespace, model, idempotency_key);

-- Only aliases that point somewhere now; sequence names the assignment in the history.
CREATE TABLE registry_aliases (
    namespace TEXT NOT NULL,
    model TEXT NOT NULL,
    alias TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (namespace, model, alias)
);

-- Rows are only added. version NULL: the alias was removed.
CREATE TABLE registry_alias_history (
    namespace TEXT NOT NULL,
    model TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    alias TEXT NOT NULL,
    version BIGINT,
    previous_version BIGINT,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (namespace, model, sequence)
);
