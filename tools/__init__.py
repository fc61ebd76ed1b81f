"""What developers run: the suite, the checks, the installation. Nothing here is part of the service."""
