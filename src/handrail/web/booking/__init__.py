"""Doors for buyers: the booking page. Nobody signs in; who has the link may."""
