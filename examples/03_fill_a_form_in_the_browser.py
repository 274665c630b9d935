"""Fill a form in a browser by saying what to do, and check what the server received.

python examples/03_fill_a_form_in_the_browser.py
"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from vl2agent import Agent, BrowserSandbox

GOAL = "type 'Ada Lovelace' into Name, type 'ada@example.org' into Email, check 'Send me news' and click Register"

FORM = """<!doctype html><meta charset="utf-8"><title>Register</title>
<form method="post" style="font: 20px/2.2 sans-serif; margin: 3em">
  <h1>Register</h1>
  <label>Name <br><input name="name"></label> <br>
  <label>Email <br><input name="email"></label> <br>
  <label><input type="checkbox" name="news"> Send me news</label> <br>
  <button style="font: inherit">Register</button>
</form>"""


class Registration(BaseHTTPRequestHandler):
    """Serves the form, and keeps what was sent."""

    received: dict[str, str] = {}  # noqa: RUF012  # one server, one form

    def do_GET(self) -> None:
        """Show the form."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(FORM.encode())

    def do_POST(self) -> None:
        """Keep the fields and say thanks."""
        self.received.update(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>Welcome!</h1>")

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def main() -> dict[str, str]:
    """Run the goal on a page of a local server; the browser can reach nothing else."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Registration) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with BrowserSandbox(f"http://127.0.0.1:{server.server_port}/", size=(800, 600)) as browser:
            Agent(browser).run(f"{GOAL}, then wait until 'Welcome' appears")
        server.shutdown()
    return Registration.received


if __name__ == "__main__":
    print("the server received:", main())
