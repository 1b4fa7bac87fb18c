"""scikit-learn's HistGradientBoosting on the same files and settings. Usage: reference.py HOUSING.csv GENERATED.csv [--generate]"""
import csv
import sys
import time

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor


def generate(path):
    random = np.random.default_rng(7)
    x = random.normal(size=(100_000, 20))
    y = np.sin(x[:, 0] * 2) + x[:, 1] * x[:, 2] + 0.5 * x[:, 3] ** 2 + 0.1 * x[:, 4:10].sum(1) + random.normal(size=100_000) * 0.3
    label = (y + random.normal(size=100_000) * 0.3 > 0.5).astype(int)
    header = ",".join([f"x{i}" for i in range(20)] + ["y", "label"])
    np.savetxt(path, np.c_[x, y, label], delimiter=",", header=header, comments="", fmt="%.7g")


def best(name, make, x, y, error):
    times, processor = [], []
    for _ in range(6):
        start, before = time.perf_counter(), time.process_time()
        model = make().fit(x, y)
        times.append((time.perf_counter() - start) * 1000)
        processor.append((time.process_time() - before) * 1000)
    print(f"{name:22} first {times[0]:8.0f} ms  best {min(times[1:]):8.0f} ms  processor {min(processor[1:]):8.0f} ms  training error {error(model.predict(x), y):.6g}")


def main():
    housing, generated = sys.argv[1:3]
    if "--generate" in sys.argv:
        generate(generated)
    rmse = lambda p, y: ((p - y) ** 2).mean() ** 0.5
    wrong = lambda p, y: (p != y).mean()
    rows = list(csv.DictReader(open(housing)))
    column = lambda n: np.array([float(r[n] or "nan") for r in rows])
    x = np.c_[column("city_code"), column("month"), column("sales"), column("listings"), column("inventory")]
    best("housing", lambda: HistGradientBoostingRegressor(categorical_features=[0], early_stopping=False), x, column("median_price"), rmse)
    data = np.loadtxt(generated, delimiter=",", skiprows=1)
    best("generated regression", lambda: HistGradientBoostingRegressor(early_stopping=False), data[:, :20], data[:, 20], rmse)
    best("generated binary", lambda: HistGradientBoostingClassifier(early_stopping=False), data[:, :20], data[:, 21], wrong)


main()
