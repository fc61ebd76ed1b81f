"""Helpers that assert say what they found, as tests do."""

import pytest

pytest.register_assert_rewrite("tests.browser.walker")
