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
    model = _load(connection, asked[0])
    if model is not None:
        Worker(connection, model).run()


def _load(connection, asked):
    """The model; None after telling the server why there is none."""
    sys.dont_write_bytecode = True
    try:
        try:
            from . import files, models
        except ImportError as error:
            raise RuntimeError("the Python %s has no %s, which every worker needs: install it there" % (sys.executable, error.name)) from None
        try:
            model = models.load(asked["model"], asked["format"], asked.get("described"), asked.get("method") or "")
        except (files.Unsupported, files.Invalid) as problem:
            frames.send(connection, {"type": "error", "code": "unsupported" if isinstance(problem, files.Unsupported) else "invalid", "message": str(problem)})
            return None
        learned = _try(model) if asked.get("warm", True) else None
        outputs = learned if learned and not getattr(model, "fixed", False) else model.outputs
        frames.send(connection, {
            "type": "loaded", "kind": model.inputs.kind, "inputs": model.inputs.all, "outputs": outputs, "classes": model.classes, "platform": model.platform,
        })
        return model
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


class Worker:
    def __init__(self, connection, model):
        self.connection, self.model = connection, model
        self.waiting = queue.SimpleQueue()
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
        from . import tensors
        number = header.get("id")
        try:
            try:
                arrays = tensors.read_all(header.get("inputs"), blocks)
                self.busy_with = number
                described, out = tensors.write_all(self.model.predict(arrays, header.get("outputs")))
            finally:
                self.busy_with = None
            return {"type": "answer", "id": number, "outputs": described}, out
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

    def _receive(self):
        """Beside the model, so that a cancellation or the server's end is seen while it runs."""
        try:
            while True:
                frame = frames.receive(self.connection)
                if frame is None:
                    os._exit(0)
                header, blocks = frame
                if header["type"] == "infer":
                    self.waiting.put((header, blocks))
                elif header["type"] == "cancel":
                    self.cancelled = header.get("id")
                    signal.pthread_kill(self.main_thread, signal.SIGINT)
        except BaseException as error:
            print("worker: %s" % error, file=sys.stderr, flush=True)
            os._exit(3)

    def _on_cancel(self, _number, _frame):
        if self.busy_with is not None and self.busy_with == self.cancelled:
            raise Cancelled
