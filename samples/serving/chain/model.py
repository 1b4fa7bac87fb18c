"""Three classes around a mood: texts become counts of words, counts a score, the score a word; and each word's part in the score."""
import re

import numpy

WORDS = ["fine", "good", "bad", "mess"]
WEIGHTS = numpy.array([1.0, 1.0, -1.0, -2.0])


def counts(text):
    found = re.findall(r"[a-z]+", text.lower())
    return [float(found.count(word)) for word in WORDS]


class Transformer:
    def preprocess(self, payload, headers):
        if not all(isinstance(row, dict) and isinstance(row.get("text"), str) for row in payload.get("instances", [None])):
            raise ValueError('instances are {"text": ...}')
        return {"instances": [counts(row["text"]) for row in payload["instances"]]}

    def postprocess(self, result, headers):
        return {"predictions": [{"mood": "glad" if score > 0 else "sad" if score < 0 else "calm", "score": score} for score in result["predictions"]]}


class Model:
    inputs = [{"name": "counts", "datatype": "FP64", "shape": [-1, len(WORDS)]}]
    outputs = [{"name": "score", "datatype": "FP64", "shape": [-1]}]

    def predict(self, inputs):
        return {"score": inputs["counts"] @ WEIGHTS}


class Explainer:
    def explain(self, payload, headers):
        rows = numpy.array([counts(row["text"]) for row in payload["instances"]])
        full = self.predict({"counts": rows})["score"]
        parts = {}
        for i, word in enumerate(WORDS):
            without = rows.copy()
            without[:, i] = 0
            parts[word] = full - self.predict({"counts": without})["score"]
        return {"explanations": [{"score": full[r], "parts": {word: part[r] for word, part in parts.items() if part[r]}} for r in range(len(rows))]}
