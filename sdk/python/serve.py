"""Starts a worker that answers for one model: ``python3 serve.py SOCKET [ARGUMENTS]``. Kept tiny, for Python compiles the first file anew at every start."""
import sys

here = sys.path[0]
# The model's own modules come before ours, which are found all the same.
sys.path[0] = ""
sys.path.append(here)

from slipway.serving.worker import main

socket_path = sys.argv.pop(1)
main(socket_path)
