"""Measurements, as ratios in one run. `make bench` runs them; none of them is a test."""
