"""Files as other programs and other people make them."""

from pathlib import Path

HERE = Path(__file__).parent


def field(name: str) -> bytes:
    """The bytes of one of these files."""
    return (HERE / name).read_bytes()
