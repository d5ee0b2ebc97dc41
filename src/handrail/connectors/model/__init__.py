"""Opening lines by a language model, at any OpenAI-compatible address. Off by default."""
