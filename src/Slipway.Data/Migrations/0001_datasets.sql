-- A version of a dataset is its bytes: the same digest under the same name is the same version.
CREATE TABLE data_versions (
    namespace TEXT NOT NULL,
    dataset TEXT NOT NULL,
    number BIGINT NOT NULL,
    digest TEXT NOT NULL,
    format TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    columns TEXT NOT NULL,
    profile TEXT NOT NULL,
    source TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (namespace, dataset, number)
);

CREATE UNIQUE INDEX data_versions_by_digest ON data_versions (namespace, dataset, digest);
