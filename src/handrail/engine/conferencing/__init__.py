"""Conferencing systems: who came to a booked meeting, and who waited for nobody."""
