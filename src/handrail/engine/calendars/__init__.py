"""Reps' calendars: what a server must offer, and what is kept of one."""
