"""Feeds over HTTP, the units' pages, the office's page, and what machines ask."""
