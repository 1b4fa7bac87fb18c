"""Opens the file of a model with the library that wrote it. Pickles are opened here and nowhere else: this process has nothing to lose."""
import glob
import importlib
import os
import sys


class Unsupported(Exception):
    """This machine, or this Python, lacks what the model needs."""


class Invalid(Exception):
    """The model itself is not what it should be."""


PICKLES = ("model.pkl", "model.pickle", "model.joblib")
OF_FORMAT = {
    "sklearn": PICKLES,
    "xgboost": ("model.json", "model.ubj", "model.xgb", "model.bst", *PICKLES),
    "lightgbm": ("model.txt", "model.lgb", *PICKLES),
    "pytorch": ("model.pt", "model.pth", "data/model.pth", "model.pkl"),
}
ENDINGS = {
    "sklearn": (".pkl", ".pickle", ".joblib"), "xgboost": (".json", ".ubj", ".xgb", ".bst", ".pkl", ".joblib"), "lightgbm": (".txt", ".lgb", ".pkl", ".joblib"),
    "pytorch": (".pt", ".pth"),
}


def package(name):
    """Imports a package, or says in words that it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Unsupported(
            "the model needs the Python package %s, which %s does not have (%s): install it there, or name an environment that has it with the annotation "
            "slipway.dev/python" % (name, sys.executable, error)) from None


def find(folder, fmt):
    """The model's file in a plain folder, by its usual names, else the only one with a fitting end."""
    for name in OF_FORMAT[fmt]:
        if os.path.isfile(os.path.join(folder, name)):
            return os.path.join(folder, name)
    fitting = [path for path in glob.glob(os.path.join(glob.escape(folder), "**"), recursive=True) if path.endswith(ENDINGS[fmt]) and os.path.isfile(path)]
    if len(fitting) == 1:
        return fitting[0]
    raise Invalid("a folder with a model of format %s holds one of %s; this one holds %s" % (fmt, ", ".join(OF_FORMAT[fmt]), ", ".join(sorted(os.listdir(folder))[:20])))


def unpickle(path):
    import pickle
    if path.endswith(".joblib"):
        return package("joblib").load(path)
    try:
        with open(path, "rb") as file:
            return pickle.load(file)
    except ModuleNotFoundError as error:
        raise Unsupported(
            "the pickle %s needs the Python package %s, which %s does not have: install it there, or name an environment that has it with the annotation "
            "slipway.dev/python" % (os.path.basename(path), error.name, sys.executable)) from None
    except Exception as error:
        # What joblib writes is no plain pickle, whatever the file is called.
        try:
            return package("joblib").load(path)
        except Exception:
            raise Invalid("%s cannot be unpickled: %s: %s" % (os.path.basename(path), type(error).__name__, error)) from None


def open_skops(path, flavor):
    """A file that skops wrote: types that it does not know by itself are named beside it."""
    skops = package("skops.io")
    try:
        return skops.load(path, trusted=flavor.get("skops_trusted_types"))
    except (TypeError, ValueError) as error:
        raise Invalid("%s cannot be read: %s" % (os.path.basename(path), error)) from None


def open_xgboost(path, model_class=None):
    xgboost = package("xgboost")
    if path.endswith((".pkl", ".pickle", ".joblib")):
        return unpickle(path)
    try:
        booster = xgboost.Booster(model_file=path)
    except xgboost.core.XGBoostError as error:
        raise Invalid("%s is no model of xgboost: %s" % (os.path.basename(path), str(error).splitlines()[0])) from None
    kind = (model_class or "").rsplit(".", 1)[-1] or _scikit_class(booster)
    if kind not in ("XGBClassifier", "XGBRegressor", "XGBRanker", "XGBRFClassifier", "XGBRFRegressor"):
        return booster
    model = getattr(xgboost, kind)()
    model.load_model(path)
    return model


def _scikit_class(booster):
    """xgboost notes in the file that its scikit-learn interface wrote it, and as what."""
    import json
    try:
        kind = json.loads(booster.attr("scikit_learn") or "{}").get("_estimator_type")
    except ValueError:
        kind = None
    return {"classifier": "XGBClassifier", "regressor": "XGBRegressor", "ranker": "XGBRanker"}.get(kind)


def open_lightgbm(path):
    if path.endswith((".pkl", ".pickle", ".joblib")):
        package("lightgbm")
        return unpickle(path)
    return package("lightgbm").Booster(model_file=path)


def open_torch(path):
    torch = package("torch")
    if path.endswith(".pt2"):
        return package("torch.export").load(path).module()
    try:
        model = torch.jit.load(path, map_location="cpu")
    except RuntimeError:
        try:
            model = torch.load(path, map_location="cpu")
        except ModuleNotFoundError as error:
            raise Unsupported("the model %s needs the Python package %s, which %s does not have" % (os.path.basename(path), error.name, sys.executable)) from None
        except Exception as error:
            raise Invalid("%s is no model of torch: %s: %s" % (os.path.basename(path), type(error).__name__, error)) from None
    if not callable(model):
        raise Invalid(
            "%s holds weights alone (a %s), not the network that they belong to: save it with torch.jit.script(model).save(...), or put a model.py beside it "
            "and use modelFormat python" % (os.path.basename(path), type(model).__name__))
    if hasattr(model, "eval"):
        model.eval()
    return model
