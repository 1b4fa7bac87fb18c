"""The worker process behind a served Python model; docs/serving-python.md says what users see of it."""
