"""A web page that shows which foundation it runs on."""

import html
import pathlib
import platform
import string
import sys
import urllib.request
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = 8080
PAGE = string.Template(pathlib.Path(__file__).with_name("page.html").read_text(encoding="utf-8"))


def foundation_release():
    """The settings in /etc/foundation-release, which has the format of /etc/os-release."""
    text = pathlib.Path("/etc/foundation-release").read_text(encoding="utf-8")
    settings = (line.strip().partition("=") for line in text.splitlines())
    return {name: value.strip("\"'") for name, equals, value in settings if equals}


RELEASE = foundation_release()
FOUNDATION = "{NAME} {TAG} ({VARIANT})".format(**RELEASE)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/":
            self.answer("text/html", page())
        elif self.path == "/foundation":
            self.answer("text/plain", FOUNDATION + "\n")
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def answer(self, kind, text):
        body = text.encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind + "; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        # After a rebuild, reloading shows the new foundation.
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        # The health check asks for this every few seconds.
        if self.path != "/foundation":
            super().log_request(code, size)


def page():
    return PAGE.substitute(
        name=html.escape(RELEASE["NAME"]),
        tag=html.escape(RELEASE["TAG"]),
        variant=html.escape(RELEASE["VARIANT"]),
        local="local" if RELEASE["TAG"] == "local" else "",
        python=platform.python_version(),
    )


def main():
    if "--check" in sys.argv:
        urllib.request.urlopen(f"http://127.0.0.1:{PORT}/foundation", timeout=2).close()
        return
    server = ThreadingHTTPServer(("", PORT), Handler)
    print(f"running on {FOUNDATION}")
    server.serve_forever()


main()
