"""Says how busy the machine has been lately, as JSON at port 8080."""

import json
import pathlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SAMPLES = pathlib.Path("/samples/load")


def summary():
    lines = SAMPLES.read_text(encoding="utf-8").split() if SAMPLES.exists() else []
    loads = [float(line) for line in lines[-30:]]
    return {"samples": len(loads), "highest": max(loads, default=0), "latest": loads[-1] if loads else 0}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(summary()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("", 8080), Handler).serve_forever()
