"""The PostgreSQL that Handrail runs for itself when it is given no other."""

from handrail.store.embedded.binaries import Binaries, find_binaries
from handrail.store.embedded.errors import (
    BinariesMissing,
    BinariesUntrusted,
    DataDirInUse,
    DataDirNotOurs,
    DataDirUnusable,
    EmbeddedPostgresError,
    InitFailed,
    NoRoomForBinaries,
    NoUnprivilegedUser,
    OtherMajorVersion,
    ServerStillRunning,
    StartFailed,
    StartTimedOut,
    UserUnknown,
)
from handrail.store.embedded.server import EmbeddedPostgres, StopMode

__all__ = [
    "Binaries",
    "BinariesMissing",
    "BinariesUntrusted",
    "DataDirInUse",
    "DataDirNotOurs",
    "DataDirUnusable",
    "EmbeddedPostgres",
    "EmbeddedPostgresError",
    "InitFailed",
    "NoRoomForBinaries",
    "NoUnprivilegedUser",
    "OtherMajorVersion",
    "ServerStillRunning",
    "StartFailed",
    "StartTimedOut",
    "StopMode",
    "UserUnknown",
    "find_binaries",
]
