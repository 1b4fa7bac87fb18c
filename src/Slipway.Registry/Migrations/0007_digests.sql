-- Whether an object is still a version's is asked before it is cleared away.
CREATE INDEX registry_versions_by_digest ON registry_versions (artifact_digest);
