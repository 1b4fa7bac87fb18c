"""A predictor of one's own: what a house sells for, by its rooms and its city, from a table in this file."""
import numpy

PER_ROOM = {"Austin": 61.0, "Houston": 48.0}


class Model:
    inputs = [{"name": "city", "datatype": "BYTES", "shape": [-1]}, {"name": "rooms", "datatype": "FP64", "shape": [-1]}]
    outputs = [{"name": "prediction", "datatype": "FP64", "shape": [-1]}]

    def predict(self, inputs):
        unknown = set(inputs["city"]) - set(PER_ROOM)
        if unknown:
            raise ValueError("city: %s is not among %s" % (sorted(unknown)[0], ", ".join(PER_ROOM)))
        return {"prediction": numpy.array([PER_ROOM[city] for city in inputs["city"]]) * inputs["rooms"]}
