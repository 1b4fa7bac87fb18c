-- id: the number by which the Kubeflow API knows a row; 0 is "not given yet", the filler gives it at the next start.
-- tags, properties and profile are JSON. archived is 0 or 1.
ALTER TABLE registry_models ADD COLUMN id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registry_models ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE registry_models ADD COLUMN tags TEXT NOT NULL DEFAULT '{}';
ALTER TABLE registry_models ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE registry_models ADD COLUMN deployment_job TEXT NOT NULL DEFAULT '';
ALTER TABLE registry_models ADD COLUMN external_id TEXT;
ALTER TABLE registry_models ADD COLUMN properties TEXT NOT NULL DEFAULT '{}';
ALTER TABLE registry_models ADD COLUMN profile TEXT NOT NULL DEFAULT '{}';
ALTER TABLE registry_models ADD COLUMN archived BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registry_models ADD COLUMN last_stage_sequence BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registry_models ADD COLUMN last_request BIGINT NOT NULL DEFAULT 0;

CREATE INDEX registry_models_by_id ON registry_models (id);
CREATE INDEX registry_models_by_update ON registry_models (namespace, updated, name);

-- What was measured, trained on and stored never changes. description, tags, stage, card and archived are said about a version and may change.
-- source: where the files came from, as it was given; storage: where they are, resolved once. Both empty: the artifact is an object of ours.
-- inspected: 1 when the files were read for format, signature and digest. signature: over the facts, with the registry's key.
ALTER TABLE registry_versions ADD COLUMN id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registry_versions ADD COLUMN updated BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registry_versions ADD COLUMN stage TEXT NOT NULL DEFAULT 'None';
ALTER TABLE registry_versions ADD COLUMN status TEXT NOT NULL DEFAULT 'READY';
ALTER TABLE registry_versions ADD COLUMN status_message TEXT NOT NULL DEFAULT '';
ALTER TABLE registry_versions ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE registry_versions ADD COLUMN storage TEXT NOT NULL DEFAULT '';
ALTER TABLE registry_versions ADD COLUMN run_id TEXT NOT NULL DEFAULT '';
ALTER TABLE registry_versions ADD COLUMN run_link TEXT NOT NULL DEFAULT '';
ALTER TABLE registry_versions ADD COLUMN model_id TEXT NOT NULL DEFAULT '';
ALTER TABLE registry_versions ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';
ALTER TABLE registry_versions ADD COLUMN card TEXT NOT NULL DEFAULT '';
ALTER TABLE registry_versions ADD COLUMN external_id TEXT;
ALTER TABLE registry_versions ADD COLUMN properties TEXT NOT NULL DEFAULT '{}';
ALTER TABLE registry_versions ADD COLUMN archived BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registry_versions ADD COLUMN inspected BIGINT NOT NULL DEFAULT 0;
ALTER TABLE registry_versions ADD COLUMN signature TEXT NOT NULL DEFAULT '';

CREATE INDEX registry_versions_by_id ON registry_versions (id);
CREATE INDEX registry_versions_by_update ON registry_versions (namespace, updated, model, version);
CREATE INDEX registry_versions_by_run ON registry_versions (namespace, run_id);

-- Hands out ids: raised in the transaction that uses the number.
CREATE TABLE registry_ids (
    name TEXT PRIMARY KEY,
    last BIGINT NOT NULL
);

INSERT INTO registry_ids (name, last) VALUES ('registry', 0);

-- The tags of models again, one per row, to search by. Written with the JSON in one transaction.
CREATE TABLE registry_model_tags (
    namespace TEXT NOT NULL,
    model TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (namespace, key, model)
);

CREATE INDEX registry_model_tags_by_model ON registry_model_tags (namespace, model);

-- What versions are searched by, one fact per row. kind: tag, metric, parameter, dataset, input, output, flavor, view.
CREATE TABLE registry_version_facts (
    namespace TEXT NOT NULL,
    model TEXT NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    text TEXT NOT NULL,
    number DOUBLE PRECISION,
    PRIMARY KEY (namespace, model, version, kind, key)
);

CREATE INDEX registry_version_facts_by_key ON registry_version_facts (namespace, kind, key, number);

-- Rows are only added.
CREATE TABLE registry_stage_history (
    namespace TEXT NOT NULL,
    model TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    version BIGINT NOT NULL,
    stage TEXT NOT NULL,
    previous_stage TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (namespace, model, sequence)
);

-- The registry's own key pair: PKCS#8 and SubjectPublicKeyInfo, base64.
CREATE TABLE registry_keys (
    name TEXT PRIMARY KEY,
    secret TEXT NOT NULL,
    public TEXT NOT NULL,
    created BIGINT NOT NULL
);
