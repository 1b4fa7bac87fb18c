"""The artifact classes, under the name that some sources import them by."""
from kfp.dsl import (  # noqa: F401
    _SCHEMA_TITLE_TO_TYPE,
    HTML,
    Artifact,
    ClassificationMetrics,
    Dataset,
    Markdown,
    Metrics,
    Model,
    SlicedClassificationMetrics,
    convert_local_path_to_remote_path,
    get_uri,
)
