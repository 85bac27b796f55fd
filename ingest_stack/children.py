"""Processes that end with their parent, however it ends: each watches its stdin, a pipe that only the parent holds.

`python -m ingest_stack.children MODULE ARGUMENT…` runs a module like that.
"""

import os
import runpy
import signal
import sys
import threading


def end_with_parent() -> None:
    """From now on this process takes the end of its stdin for SIGTERM."""
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    # Not sys.stdin: its lock, held by this thread, would spoil the interpreter's end.
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    end_with_parent()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
