"""Trains xgboost models, times its own contributions on one thread, and writes trees, rows and contributions for Program.cs.

    /usr/bin/python3 bench/explain/reference.py OUT.json      (Debian: python3-xgboost)
"""
import json
import sys
import time

import numpy as np
import xgboost as xgb


def slim(tree):
    if "leaf" in tree:
        return {"leaf": tree["leaf"], "cover": tree["cover"]}
    children = {c["nodeid"]: c for c in tree["children"]}
    return {"column": int(tree["split"][1:]), "below": tree["split_condition"], "cover": tree["cover"], "missingYes": tree["missing"] == tree["yes"],
            "yes": slim(children[tree["yes"]]), "no": slim(children[tree["no"]])}


def measure(depth, trees, rows=4000, columns=20):
    random = np.random.default_rng(3)
    x = random.normal(size=(20000, columns)).astype(np.float32)
    y = x[:, 0] * x[:, 1] + np.sin(x[:, 2]) + (x[:, 3] > 0.5) * x[:, 4] + random.normal(size=len(x)) * 0.1
    data = xgb.DMatrix(x, label=y, nthread=1)
    booster = xgb.train({"max_depth": depth, "eta": 0.1, "base_score": 0.5, "nthread": 1, "tree_method": "hist"}, data, num_boost_round=trees)
    booster.set_param({"nthread": 1})
    asked = xgb.DMatrix(x[:rows], nthread=1)
    best = None
    for _ in range(3):
        started = time.process_time()
        contributions = booster.predict(asked, pred_contribs=True)
        best = min(best or 1e9, time.process_time() - started)
    return {"depth": depth, "trees": [slim(json.loads(t)) for t in booster.get_dump(dump_format="json", with_stats=True)], "seconds": best, "columns": columns,
            "rows": [[float(v) for v in r] for r in x[:rows]], "contributions": [[float(v) for v in r] for r in contributions[:50]]}


json.dump([measure(depth, trees) for depth, trees in ((4, 100), (6, 100), (8, 100))], open(sys.argv[1], "w"))
