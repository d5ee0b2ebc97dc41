"""How the embedded server is set: for a machine of two cores and a database that fits in memory."""

from collections.abc import Mapping
from types import MappingProxyType

DEFAULTS: Mapping[str, str] = MappingProxyType(
    {
        # An acknowledged lead is on disk: these three are the promise.
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        # Room.
        "shared_buffers": "192MB",
        "effective_cache_size": "1GB",
        "work_mem": "8MB",
        "maintenance_work_mem": "64MB",
        "max_connections": "40",
        # Nobody follows this server, so it logs for recovery only.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "wal_compression": "on",
        "max_wal_size": "2GB",
        "min_wal_size": "128MB",
        "checkpoint_timeout": "15min",
        # Many short statements: compiling them or splitting them over cores costs more than it
        # gives, and parallel workers would need more /dev/shm than a container has (64 MB).
        "jit": "off",
        "max_parallel_workers_per_gather": "0",
        "io_workers": "2",
        "random_page_cost": "1.1",
        # Queue tables are updated all the time: clean and count them early.
        "autovacuum_naptime": "15s",
        "autovacuum_max_workers": "2",
        "autovacuum_vacuum_scale_factor": "0.02",
        "autovacuum_analyze_scale_factor": "0.02",
        "autovacuum_vacuum_cost_limit": "1000",
        # One way to read a time, and a log that says what is unusual.
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
        "log_checkpoints": "off",
        "log_lock_waits": "on",
    }
)

FIXED = MappingProxyType(
    {
        "listen_addresses": "",  # the socket is the only door
        "port": "5432",  # a name in the socket's folder, no port of the machine
        "unix_socket_permissions": "0700",
        "logging_collector": "off",  # the log is ours
        "log_destination": "stderr",
        "ssl": "off",
    }
)


def arguments(settings: Mapping[str, str], *, socket_folder: str) -> list[str]:
    """As `-c name=value`, so that nothing needs to be quoted in a file; the fixed ones win."""
    chosen = {**DEFAULTS, **settings, **FIXED, "unix_socket_directories": socket_folder}
    return [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
