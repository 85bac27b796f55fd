"""Whether somebody still waits for an answer: who asks says so, an adapter looks while its engine works."""

from collections.abc import Callable
from contextvars import ContextVar

waited_for: ContextVar[Callable[[], bool]] = ContextVar("waited_for", default=lambda: True)
"""Asked between two polls; once it says no, the adapter cancels the query and raises EngineError."""
