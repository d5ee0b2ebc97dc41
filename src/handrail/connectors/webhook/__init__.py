"""Webhooks out: Standard Webhooks signatures over CloudEvents bodies."""
