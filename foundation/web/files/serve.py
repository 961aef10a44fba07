"""Serves the page that an app has as `page.render()`, at port 8080."""

import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = 8080


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        # An app has it in its working directory.
        import page

        body = page.render().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


if sys.argv[1:] == ["--check"]:
    urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=2)
else:
    ThreadingHTTPServer(("", PORT), Handler).serve_forever()
