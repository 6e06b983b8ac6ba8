"""The commands: each is a few calls of the library. Their signatures and docstrings are the command line's help."""

from neurouniv.commands.app import app

__all__ = ["app"]
