"""Who is told what, and when: the ladder and the digest decide, the ledger remembers."""
