"""YAML becomes plans and settings, or all problems at once with file, line and column."""
