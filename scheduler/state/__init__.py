"""What happened, and only that: published deadlines, submissions, the mail ledger, links, an audit trail."""
