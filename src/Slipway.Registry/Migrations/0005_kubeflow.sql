-- What the Kubeflow API keeps beside models and versions: kind is artifact, environment, service or serve; parent is the id of the version,
-- environment or service it belongs to, 0 for none. body: the fields as they were sent, JSON.
CREATE TABLE registry_kubeflow (
    id BIGINT PRIMARY KEY,
    namespace TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent BIGINT NOT NULL,
    name TEXT NOT NULL,
    external_id TEXT,
    body TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);

CREATE UNIQUE INDEX registry_kubeflow_by_name ON registry_kubeflow (namespace, kind, parent, name);
CREATE INDEX registry_kubeflow_by_parent ON registry_kubeflow (kind, parent);
CREATE INDEX registry_kubeflow_by_external_id ON registry_kubeflow (namespace, kind, external_id);
