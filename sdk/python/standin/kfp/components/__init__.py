"""Only what SDKs up to 2.0 compiled commands for: ``kfp.components.executor_main``."""
