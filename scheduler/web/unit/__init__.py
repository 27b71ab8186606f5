"""A unit's pages, at its secret link."""
