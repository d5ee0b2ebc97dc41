"""Microsoft 365 calendars over Graph: read as they change, written, and told of by push."""
