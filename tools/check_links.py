"""Check that every relative link in the Markdown documents named leads to a file and a heading that exist."""

import re
import sys
from pathlib import Path

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6}\s+(.*)$", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def broken_links(document: Path) -> list[str]:
    """Return the links of `document` that lead nowhere; links to other machines are not followed."""
    text = _CODE.sub("", document.read_text(encoding="utf-8"))
    return [
        link for link in _LINK.findall(text) if "://" not in link and not _leads_somewhere(document, link)
    ]


def _leads_somewhere(document: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (document.parent / path).resolve() if path else document
    if not target.exists():
        return False
    return not anchor or target.suffix != ".md" or anchor in _anchors(target)


def _anchors(document: Path) -> set[str]:
    headings = _HEADING.findall(document.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def main(arguments: list[str]) -> int:
    """Print each broken link with its document, and return 1 when there is one."""
    roots = [Path(argument) for argument in arguments]
    documents = [
        found for root in roots for found in (sorted(root.rglob("*.md")) if root.is_dir() else [root])
    ]
    broken = [f"{document}: {link}" for document in documents for link in broken_links(document)]
    print("\n".join(broken) if broken else f"{len(documents)} documents, every link leads somewhere")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
