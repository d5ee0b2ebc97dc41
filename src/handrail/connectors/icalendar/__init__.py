"""Standard calendars: feeds that are read, and CalDAV servers that are read and written."""
