"""Writing a file that somebody else may read at any moment."""

import os
import secrets
from pathlib import Path


def write_whole(name: str, content: bytes) -> None:
    """Put the content in place all at once: a reader sees the old file or the new one, never a part.

    Raises ``OSError``.
    """
    # The real path, so that a link keeps pointing at the file that is replaced.
    target = Path(os.path.realpath(name))
    if target.exists() and not target.is_file():
        target.write_bytes(content)  # a device or a pipe cannot be replaced; a directory is refused here
        return
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
