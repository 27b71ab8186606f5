"""`python -m scheduler` is `nhachan`."""

from scheduler.cli import main

main()
