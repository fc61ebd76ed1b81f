"""Relations of people to this room's objects."""
