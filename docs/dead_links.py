"""Looks for dead links in a built site: `python docs/dead_links.py build/site`.

Every link and every picture of every page is followed within the site, anchors too. What leads
elsewhere (a scheme, a host) is not: nothing here uses the network.
"""

import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """A page of the site: what it links to, and the anchors that it has."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = {"", "top"}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called for every tag."""
        del tag
        for name, value in attrs:
            if name in {"href", "src"}:
                self.links.add(value or "")
            elif name == "id":
                self.anchors.add(value or "")


def dead_links(site: Path) -> Iterator[str]:
    """A line for each dead link: the page and where it leads."""
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html")}
    for path, page in sorted(pages.items()):
        for link in sorted(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = pages[target].anchors if target in pages else {"", parts.fragment}
            if not target.is_file() or unquote(parts.fragment) not in known:
                yield f"{path.relative_to(site.resolve())}: {link}"


def main(site: str) -> int:
    """Print every dead link; the exit status is 1 if there are any, or no pages."""
    found = list(dead_links(Path(site)))
    count = sum(1 for _ in Path(site).rglob("*.html"))
    print(*found, f"{count} pages, {len(found)} dead links", sep="\n")
    return 1 if found or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
