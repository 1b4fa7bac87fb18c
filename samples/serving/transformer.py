"""A transformer in the standard library: scales the instances, asks the predictor, names the classes. python3 transformer.py 9001"""

import json
import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def preprocess(body):
    return {"instances": [[value / 100 for value in row] for row in body["instances"]]}


def postprocess(answer):
    return {"predictions": ["leaves" if value[0] > 0.5 else "stays" for value in answer["predictions"]]}


class Transformer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request = urllib.request.Request(
            self.headers["Slipway-Predictor"] + self.path,
            json.dumps(preprocess(body)).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request) as response:
                status, answer = response.status, postprocess(json.load(response))
        except urllib.error.HTTPError as refused:
            status, answer = refused.code, json.loads(refused.read())
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Transformer).serve_forever()
