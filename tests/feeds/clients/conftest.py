"""The small office of the pages' tests, for subscribers over HTTP."""

from tests.web.conftest import office

__all__ = ["office"]
