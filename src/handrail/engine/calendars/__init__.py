"""Reps' calendars: what a server must offer, and the loop that keeps them fresh."""
