"""Loads one model and answers one request after another, until the server closes the connection."""
import os
import queue
import signal
import socket
import sys
import threading
import traceback

from . import frames

TOKEN = "SLIPWAY_WORKER_TOKEN"


class Cancelled(BaseException):
    """The caller of the request at hand has gone. No Exception: a model that catches those must not swallow it."""


def main(socket_path):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(socket_path)
    frames.send(connection, {"type": "hello", "token": os.environ.pop(TOKEN, ""), "pid": os.getpid()})
    asked = frames.receive(connection)
    if asked is None:
        return
    worker = Worker(connection)
    worker.work = _load(connection, asked[0], worker)
    if worker.work is not None:
        worker.run()


def _load(connection, asked, worker):
    """What answers requests, the model or the user's code; None after telling the server why there is none."""
    sys.dont_write_bytecode = True
    role = asked.get("role", "model")
    try:
        try:
            from . import files, models
        except ImportError as error:
            raise RuntimeError("the Python %s has no %s, which every worker needs: install it there" % (sys.executable, error.name)) from None
        try:
            if role != "model":
                from . import usercode
                code = usercode.Code(asked["model"], role, worker.ask)
                frames.send(connection, {"type": "loaded", "kind": "code", "methods": code.methods})
                return Calls(code)
            model = models.load(asked["model"], asked["format"], asked.get("described"), asked.get("method") or "")
        except (files.Unsupported, files.Invalid) as problem:
            frames.send(connection, {"type": "error", "code": "unsupported" if isinstance(problem, files.Unsupported) else "invalid", "message": str(problem)})
            return None
        learned = _try(model) if asked.get("warm", True) else None
        outputs = learned if learned and not getattr(model, "fixed", False) else model.outputs
        frames.send(connection, {
            "type": "loaded", "kind": model.inputs.kind, "inputs": model.inputs.all, "outputs": outputs, "classes": model.classes, "platform": model.platform,
        })
        return Predictions(model)
    except Exception as error:
        traceback.print_exc()
        frames.send(connection, {"type": "error", "code": "invalid", "message": "%s: %s" % (type(error).__name__, error)})
        return None


def _try(model):
    """Runs the model once on made-up rows: what comes out is what it gives, and the first caller does not pay for what is done lazily."""
    import numpy

    from . import tensors
    try:
        arrays = {}
        for one in model.inputs.all:
            shape = [1 if size < 0 else size for size in (one["shape"] or [])]
            arrays[one["name"]] = numpy.full(shape, "", object) if one["datatype"] == "BYTES" else numpy.zeros(shape, tensors.DTYPES[one["datatype"]])
        answer = model.predict(arrays)
        described, _ = tensors.write_all(answer)
        known = {one["name"]: one for one in model.outputs}
        # Rows are the first dimension of everything that has one.
        return [known[one["name"]] if one["name"] in known and len(known[one["name"]]["shape"] or []) == len(one["shape"]) and known[one["name"]]["datatype"] == one["datatype"]
                else {"name": one["name"], "datatype": one["datatype"], "shape": [-1, *one["shape"][1:]] if one["shape"] else []} for one in described]
    except Exception:
        # Made-up inputs may be wrong for a model; only real ones can tell.
        return None


class Predictions:
    """Requests to a model."""

    def __init__(self, model):
        self.model = model

    def read(self, header, block):
        from . import tensors
        given = tensors.read_all(header.get("inputs"), block), header.get("outputs")
        return (*given, header.get("params")) if getattr(self.model, "params", None) else given

    def do(self, given):
        from . import tensors
        described, out = tensors.write_all(self.model.predict(*given))
        return {"outputs": described}, out


class Calls:
    """Calls of the user's code."""

    def __init__(self, code):
        self.code = code

    def read(self, header, block):
        return header, block

    def do(self, given):
        return self.code.call(*given)


class Worker:
    def __init__(self, connection):
        self.connection, self.work = connection, None
        self.waiting, self.told = queue.SimpleQueue(), queue.SimpleQueue()
        self.busy_with = None
        self.cancelled = None

    def run(self):
        signal.signal(signal.SIGINT, self._on_cancel)
        self.main_thread = threading.get_ident()
        threading.Thread(target=self._receive, daemon=True).start()
        while True:
            header, blocks = self.waiting.get()
            answer, out = self._answer(header, blocks)
            frames.send(self.connection, answer, out)

    def _answer(self, header, blocks):
        number = header.get("id")
        try:
            try:
                given = self.work.read(header, blocks)
                self.busy_with = number
                described, out = self.work.do(given)
            finally:
                self.busy_with = None
            return {"type": "answer", "id": number, **described}, out
        except Cancelled:
            return {"type": "error", "id": number, "code": "cancelled", "message": "cancelled"}, ()
        except frames.BrokenFrame:
            raise
        except ValueError as error:
            # How models say that they do not like what they were given.
            return {"type": "error", "id": number, "code": "invalid", "message": str(error)[:4000]}, ()
        except MemoryError:
            raise
        except Exception as error:
            traceback.print_exc()
            return {"type": "error", "id": number, "code": "internal", "message": ("%s: %s" % (type(error).__name__, error))[:4000]}, ()

    def ask(self, inputs):
        """The model's answer to an explainer: name to array, both ways."""
        from . import tensors
        number = self.busy_with
        if number is None or threading.get_ident() != self.main_thread:
            raise RuntimeError("the model can be asked while a request is answered, from the thread that answers it")
        described, out = tensors.write_all(inputs)
        # A cancellation in the middle of a frame would spoil all that follows it.
        self.busy_with = None
        frames.send(self.connection, {"type": "ask", "id": number, "inputs": described}, out)
        self.busy_with = number
        if self.cancelled == number:
            raise Cancelled
        while True:
            header, blocks = self.told.get()
            if header.get("id") == number:
                break
        if "message" in header:
            raise (ValueError if header.get("code") == "invalid" else RuntimeError)(header["message"])
        return tensors.read_all(header.get("outputs"), blocks)

    def _receive(self):
        """Beside the model, so that a cancellation or the server's end is seen while it runs."""
        try:
            while True:
                frame = frames.receive(self.connection)
                if frame is None:
                    os._exit(0)
                header, blocks = frame
                if header["type"] in ("infer", "call"):
                    self.waiting.put((header, blocks))
                elif header["type"] == "told":
                    self.told.put((header, blocks))
                elif header["type"] == "cancel":
                    self.cancelled = header.get("id")
                    signal.pthread_kill(self.main_thread, signal.SIGINT)
        except BaseException as error:
            print("worker: %s" % error, file=sys.stderr, flush=True)
            os._exit(3)

    def _on_cancel(self, _number, _frame):
        if self.busy_with is not None and self.busy_with == self.cancelled:
            raise Cancelled
