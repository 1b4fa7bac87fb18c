"""Fits who leaves and who stays, and saves the classifier as churn.pkl and two rows to ask about as rows.json, in the folder it is started in."""
import json
import pickle

import numpy
import pandas
from sklearn.linear_model import LogisticRegression

random = numpy.random.default_rng(7)
table = pandas.DataFrame({"age": random.integers(18, 90, 2000).astype(float), "income": random.normal(50, 20, 2000)})
stays = table.age * 2 > table.income + random.normal(0, 20, 2000)
model = LogisticRegression().fit(table, numpy.where(stays, "stays", "leaves"))

with open("churn.pkl", "wb") as file:
    pickle.dump(model, file)
with open("rows.json", "w") as file:
    json.dump({"instances": [{"age": 30, "income": 70}, {"age": 80, "income": 20}]}, file)
