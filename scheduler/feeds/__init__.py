"""Deadlines as iCalendar feeds: pure rendering, secret links, and one module that writes calendars/."""
