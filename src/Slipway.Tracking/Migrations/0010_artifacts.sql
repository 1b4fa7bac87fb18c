-- The tree of artifact files, one row for each file and each folder. A folder has a row as long as something is in it, so that a listing reads one
-- range of the primary key however much lies deeper. The root has the path ''.
CREATE TABLE tracking_artifacts (
    namespace TEXT NOT NULL,
    parent TEXT NOT NULL,
    name TEXT NOT NULL,
    is_folder BIGINT NOT NULL,
    digest TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    PRIMARY KEY (namespace, parent, name)
);

CREATE INDEX tracking_artifacts_by_digest ON tracking_artifacts (digest) WHERE is_folder = 0;

-- Every object that an upload brought. unnamed_since is set when a name of it went away; the collector then looks whether any is left.
CREATE TABLE tracking_artifact_objects (
    digest TEXT NOT NULL PRIMARY KEY,
    bytes BIGINT NOT NULL,
    unnamed_since BIGINT
);

CREATE INDEX tracking_artifact_objects_unnamed ON tracking_artifact_objects (unnamed_since) WHERE unnamed_since IS NOT NULL;

-- Uploads in parts. The id is a secret: whoever has it may send parts. digest is empty until the upload is complete; a complete one stays for a while,
-- so that a caller whose answer was lost may ask again.
CREATE TABLE tracking_artifact_uploads (
    id TEXT NOT NULL PRIMARY KEY,
    namespace TEXT NOT NULL,
    path TEXT NOT NULL,
    parts BIGINT NOT NULL,
    digest TEXT NOT NULL,
    started BIGINT NOT NULL
);

CREATE INDEX tracking_artifact_uploads_by_start ON tracking_artifact_uploads (started);

CREATE TABLE tracking_artifact_parts (
    upload_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    digest TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (upload_id, number)
);

CREATE INDEX tracking_artifact_parts_by_digest ON tracking_artifact_parts (digest);

-- The key that signs addresses for one download or upload; one row, made when first needed, so that every replica takes the others' addresses.
CREATE TABLE tracking_artifact_keys (
    id BIGINT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
