"""Short messages by the long tail of services, through the library Apprise."""
