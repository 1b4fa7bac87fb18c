class Weighing:
    def __init__(self, path):
        with open(path) as file:
            self.weight = float(file.read())

    def predict(self, model_input, params=None):
        return model_input["x"] * self.weight * params["times"]


def _load_pyfunc(path):
    return Weighing(path)
