"""Backup and restore: database, uploads, documents and digests in one archive.

An archive (``madoguchi-backup/1``) is a gzipped tar: ``database.sqlite3`` or ``database.dump``, ``files/…``,
``digests/…`` and, as the last member, ``manifest.json``, which names every other one with its length and SHA-256. It
holds all the personal data that the database holds, and no secret of the installation's environment.
"""


class Refused(Exception):
    """Why it was not done; ``sentences`` say what is wrong and what to do, nothing was changed."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(*sentences)
        self.sentences = sentences
