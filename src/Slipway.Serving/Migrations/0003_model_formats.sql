-- Revisions beyond ONNX: what format the digest is opened in, and the settings of its workers (JSON; empty without workers).
ALTER TABLE serving_revisions ADD COLUMN format TEXT NOT NULL DEFAULT 'onnx';
ALTER TABLE serving_revisions ADD COLUMN settings TEXT NOT NULL DEFAULT '';

-- Which objects a model's folder is made of. manifest is what serving_revisions.digest names.
CREATE TABLE serving_model_files (
    manifest TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (manifest, sha256)
);

CREATE INDEX serving_model_files_by_object ON serving_model_files (sha256);
