"""The office's own pages: no object, so the office relation is the only one."""

from accounts import permissions

permissions.resource("oversight")
