"""E-mail out, by any SMTP server."""
