"""How the values of each field and signal are cut into classes: one file a kind of value."""
