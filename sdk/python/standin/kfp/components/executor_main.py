"""Where the executor was up to SDK 2.0."""
from kfp.dsl.executor_main import executor_main

if __name__ == "__main__":
    executor_main()
