"""A contract file as text: places in it, and the tree of what it says."""
