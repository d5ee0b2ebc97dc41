"""Google Calendar: read as it changes, written, and told of by push."""
