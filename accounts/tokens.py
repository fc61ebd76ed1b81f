"""Secrets that leave the service: random, shown once, stored as a hash."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """SHA-256 is enough here: the token itself has 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
