"""The office's pages, for administrators: what is overdue, what comes, who was told, how everything is set up."""
