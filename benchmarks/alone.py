"""WeasyPrint and nothing else: ``python -m benchmarks.alone PAGE.html OUT.pdf``. The yardstick for our documents."""

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
    print_alone(Path(sys.argv[1]), Path(sys.argv[2]))
