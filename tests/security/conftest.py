"""The small office over HTTP, here too."""

from tests.web.conftest import office

__all__ = ["office"]
