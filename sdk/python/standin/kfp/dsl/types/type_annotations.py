"""The annotations, under the name that some sources import them by."""
from kfp.dsl import EmbeddedAnnotation, InputAnnotation, InputPath, OutputAnnotation, OutputPath, is_artifact_class  # noqa: F401
