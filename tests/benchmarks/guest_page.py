"""The guest's page of a menu of 300 items in three languages: what is sent, and Lighthouse's performance on a phone.

The floor is the plain page of the publishing benchmark: no styles, no scripts, no order list.
"""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from jinja2 import Environment, FileSystemLoader

from dashboard.menus.site import site
from ingest_stack import menu_site
from tests.benchmarks.publishing import LANGUAGES, large_menu
from tests.conftest import CHROMIUM, CHROMIUM_ARGS
from tests.lighthouse import bed

ROUNDS = 5
MOST_BYTES = 60_000


class Site(SimpleHTTPRequestHandler):
    """The files of a folder as the collector sends them, compressed."""

    def do_GET(self) -> None:
        found = menu_site.find(Path(self.directory), self.path.partition("?")[0], "gzip")
        if found is None:
            self.send_error(404)
            return
        self.send_response(200)
        for name, value in found.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(found.content or (found.path.read_bytes() if found.path else b""))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(202)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Site, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def performance(url: str) -> float:
    """The median score, 0 to 100."""
    reports = [bed.audit(url, str(CHROMIUM), CHROMIUM_ARGS, "performance") for _ in range(ROUNDS)]
    return median(100 * float(report["categories"]["performance"]["score"]) for report in reports)


def run(scale: float) -> list[dict[str, Any]]:
    """The figures; a menu has one size, whatever the scale. Without Lighthouse: what is sent alone."""
    menu = large_menu().model_copy(update={"version": 1, "published_at": datetime.now(UTC)})
    templates = Environment(loader=FileSystemLoader(Path(__file__).with_name("floors")), autoescape=True)
    template, pages = templates.get_template("menu.html.jinja"), site(menu)
    plain = {language: template.render(menu=menu, language=language) for language in LANGUAGES}
    sent, least = (
        max(len(gzip.compress(page.encode(), mtime=0)) for page in each)
        for each in ([text for path, text in pages.items() if path.endswith(".html")], plain.values())
    )
    figures: list[dict[str, Any]] = [
        {
            "name": "largest page on the wire",
            "value": sent,
            "unit": "bytes",
            "floor": least,
            "bound": MOST_BYTES,
            "better": "lower",
        }
    ]
    if bed.missing() or not CHROMIUM:
        return figures
    with TemporaryDirectory() as folder, served(Path(folder)) as url:
        house = Path(folder, "r", menu.restaurant.id)
        house.mkdir(parents=True)
        (house / "index.html").write_text(pages["index.html"])
        (house / "plain.html").write_text(plain[LANGUAGES[0]])
        (house / "availability.json").write_text('{"version": 1, "sold_out": {}}')
        address = f"{url}/r/{menu.restaurant.id}/"
        score, most = performance(address), performance(f"{address}plain.html")
    return [
        *figures,
        {
            "name": "Lighthouse performance, median of 5",
            "value": score,
            "unit": "of 100",
            "floor": most,
            "bound": 95,
            "better": "higher",
        },
    ]
