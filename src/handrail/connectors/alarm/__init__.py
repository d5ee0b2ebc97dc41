"""The watcher's own ways out: none of them shares a setting, a queue or a connection with the
engine's, since an alarm is needed when those fail."""
