"""Starts a Kubeflow component: ``python3 launch.py SPEC``. Kept tiny, for Python compiles the first file anew at every start."""
import sys

here = sys.path[0]
# As with ``python3 -m``: the user's code finds what lies in the working folder. Ours comes last, so that installed packages win over it.
sys.path[0] = ""
sys.path += [here, here + "/standin"]

from slipway.component import main

main(sys.argv[1], here)
