"""Everything that can go wrong, as a tree; each message is a sentence for the person who reads it.

    MenulensError
    ├── SettingError       a setting can't be used: which one, and what would do
    ├── ContractError      a request breaks the event contract: which field of which event, and why
    ├── QueryError         a file in queries/ is wrong: file, line, and why
    ├── ParameterError     a question was asked with parameters it doesn't have or can't use
    ├── AccessError        this person may not do or see this: whom to ask
    ├── MenuError          a menu can't be read, saved or published: which part, and why
    │   ├── PatchError     an edit can't be made: which one, and why
    │   └── ConflictError  somebody else changed the menu since it was read: who, when, and what
    ├── StorageError       the disk or bucket said no: what was being kept, and what to do
    ├── BusyError          somebody else holds what this needs: a port, a lock
    ├── BudgetError        the month's budget for queries is spent: until when, and who raises it
    ├── CloudError         AWS said no: to what, why, and the way out
    └── EngineError        the warehouse gave no answer: why, and what to do next

The message says what happened and where; `hint`, if there is one, says what to do next.
"""


class MenulensError(Exception):
    """A failure that a person can read. Entry points print it; pages show it; nothing else catches it."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class SettingError(MenulensError):
    """A setting has a value that can't be used."""


class ContractError(MenulensError):
    """A request breaks the event contract."""


class QueryError(MenulensError):
    """A file in queries/ is wrong, or asks for something its engine can't give."""


class ParameterError(MenulensError):
    """A question was asked with a parameter it doesn't have, or with a value that can't be used."""


class AccessError(MenulensError):
    """The person may not do or see this."""


class MenuError(MenulensError):
    """A menu can't be read, saved or published."""


class PatchError(MenuError):
    """An edit can't be made; `id` and `field` say where to show it."""

    def __init__(self, message: str, id: str = "", field: str = "") -> None:
        super().__init__(message)
        self.id = id
        self.field = field


class ConflictError(MenuError):
    """Somebody else changed the menu since it was read."""


class StorageError(MenulensError):
    """What was to be kept could not be kept, or what was kept can't be read."""


class BusyError(MenulensError):
    """A port or a lock that this needs is held by somebody else."""


class CloudError(MenulensError):
    """AWS refused something, or a stack is in a state in which it can't be done."""


class BudgetError(MenulensError):
    """What may be spent on queries this month is spent."""


class EngineError(MenulensError):
    """The warehouse gave no answer."""
