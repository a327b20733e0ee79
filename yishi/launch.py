"""Becomes another program that dies with its parent and, when asked, runs as an unprivileged user.

Run as a script by `yishi.child`, never imported there: between fork and exec of a program with threads only
a fresh interpreter is safe. Everything is imported before the rights are dropped, because afterwards the
interpreter's own folder may be out of reach. The order matters: Linux forgets the death signal when the user
changes.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
CANNOT_RUN = 126
"""Exit code when the folder or the program is out of reach for the user."""


def main(arguments: list[str]) -> int:
    """Replace this process by the command.

    The arguments are: parent's process id, death signal, user id, group id (both -1: unchanged), working
    folder, program and its arguments.
    """
    parent, death_signal, user, group = (int(argument) for argument in arguments[:4])
    directory, *command = arguments[4:]
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    try:
        if user >= 0:
            os.setgroups([])
            os.setgid(group)
            os.setuid(user)
        os.umask(0o077)
        os.chdir(directory)
        if libc is not None and libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
        if os.getppid() != parent:
            # The parent died before the death signal was set: nobody would ever stop this process.
            return CANNOT_RUN
        os.execv(command[0], command)  # noqa: S606 -- becoming the command is the purpose.
    except OSError as error:
        print(f"launch: {command[0]}: {error}", file=sys.stderr)
    return CANNOT_RUN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
