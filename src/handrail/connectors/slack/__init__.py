"""Slack: alerts with buttons, modals and commands, over Socket Mode or a signed door."""
