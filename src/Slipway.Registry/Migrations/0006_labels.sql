-- label: what a client of the Kubeflow API calls a version; NULL: its number.
ALTER TABLE registry_versions ADD COLUMN label TEXT;
