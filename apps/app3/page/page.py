"""A page with the machine's load, served by the web foundation."""

import html
import json
import pathlib
import urllib.request


def foundation():
    """The settings in /etc/foundation-release, which has the format of /etc/os-release."""
    text = pathlib.Path("/etc/foundation-release").read_text(encoding="utf-8")
    settings = (line.strip().partition("=") for line in text.splitlines())
    return "{NAME} {TAG} ({VARIANT})".format(**{name: value.strip("\"'") for name, _, value in settings})


def render():
    with urllib.request.urlopen("http://summary:8080/", timeout=2) as answer:
        load = json.load(answer)
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>app3</title>"
        f"<h1>Load {load['latest']}</h1><p>At most {load['highest']} in {load['samples']} samples.</p>"
        f"<p>Running on {html.escape(foundation())}.</p></html>\n"
    )
