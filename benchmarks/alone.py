"""WeasyPrint and nothing else: ``python -m benchmarks.alone PAGE.html …``, each as PAGE.pdf. The yardstick."""

from __future__ import annotations

import sys
from pathlib import Path

from weasyprint import HTML

STATIC = Path(__file__).resolve().parent.parent / "static"


def print_alone(page: Path, output: Path) -> None:
    """The page as a PDF of the same variant (tagged, pdf/ua-1), with the stylesheet of this repository."""
    html = HTML(string=page.read_text(encoding="utf-8"), base_url=f"{STATIC.as_uri()}/")
    output.write_bytes(html.write_pdf(pdf_variant="pdf/ua-1"))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print_alone(Path(name), Path(name).with_suffix(".pdf"))
