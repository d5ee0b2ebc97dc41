"""Becomes a program that cannot outlive the process that started it. Run as a script, by its path.

A separate script because what it does must happen between fork and exec, where a process with
threads may do nothing safely in Python, and after the change of user, which clears the tie.
It runs at every start, so it imports nothing but the standard library.

    python -I -S guard.py PARENT UID GID PIPE PROGRAM ARGUMENT...

PIPE is -1, and the kernel ties us to the thread that started us (Linux); or it is the end of a pipe
whose other end only the parent holds, and a watcher waits for it to close.
"""

import os
import select
import signal
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
LOOK_AGAIN_S = 1.0  # how long a dead server's number may be watched, so that a successor is safe
RELEASED = b"."  # the parent saw the server end: nothing is left to watch


def main(arguments: list[str]) -> None:
    parent, uid, gid, pipe = map(int, arguments[:4])
    program = arguments[4:]
    if pipe == -1:
        import ctypes  # here: it costs 10 ms and only Linux needs it; and as root, who can read it

        libc = ctypes.CDLL(None, use_errno=True)
    if uid != os.geteuid():
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    if pipe == -1:
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0) != 0:  # PostgreSQL's fast shutdown
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    else:
        watch_from_aside(pipe)
    if os.getppid() != parent:  # it died before the tie held
        os._exit(1)
    os.execv(program[0], program)


def watch_from_aside(pipe: int) -> None:
    """Leave a watcher behind; this process goes on and becomes the server.

    The watcher is a grandchild: PostgreSQL takes a child that it did not start for a crash.
    """
    server = os.getpid()
    middle = os.fork()
    if middle == 0:
        os.setsid()
        if os.fork() == 0:
            watch(pipe=pipe, server=server)
        os._exit(0)
    os.waitpid(middle, 0)
    os.close(pipe)


def watch(*, pipe: int, server: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    while not select.select([pipe], [], [], LOOK_AGAIN_S)[0]:
        try:
            os.kill(server, 0)
        except ProcessLookupError:
            os._exit(0)
    if os.read(pipe, 1) != RELEASED:
        os.kill(server, signal.SIGINT)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
