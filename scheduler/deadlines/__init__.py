"""What is due when: pure calculation. No clock, no file, no network, no framework."""
