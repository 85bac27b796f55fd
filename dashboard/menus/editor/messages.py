"""What the browser may ask the editor for: requests, each with an id that its reply goes to; nothing else is heard."""

from typing import Annotated, Any, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from dashboard.menus.model import Id, Language
from errors import PatchError

AT_MOST = 200  # requests in one message, and operations in one patch of many


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(max_length=40)


class Edit(_Request):
    """Operations made on the menu as the browser knew it at `base`; amounts in them may be as they were typed."""

    kind: Literal["edit"]
    base: int
    ops: tuple[dict[str, Any], ...] = Field(min_length=1, max_length=2000)


class Mine(_Request):
    """Of two who changed the same thing, take what I wrote."""

    kind: Literal["mine"]
    conflict: str


class Photo(_Request):
    """A photo of an item, as the browser resized it."""

    kind: Literal["photo"]
    item: Id
    data: Base64Bytes


class SoldOut(_Request):
    """`until` is the restaurant's local time, "2026-11-24T18:00"; None: until somebody says otherwise."""

    kind: Literal["sold_out"]
    items: tuple[Id, ...]
    sold_out: bool
    until: str | None = None


class Ask(_Request):
    """What needs nothing beside: looking for others' edits, the differences to publish."""

    kind: Literal["look", "review"]


class Publish(_Request):
    """Publish the draft that stood at `seen` when its differences were read."""

    kind: Literal["publish"]
    seen: int


class History(_Request):
    """The published versions before `before`, newest first."""

    kind: Literal["history"]
    before: int | None = None


class RollBack(_Request):
    kind: Literal["roll_back"]
    version: int


class Preview(_Request):
    """The page as guests would see it: of the draft, or of a published version."""

    kind: Literal["preview"]
    language: Language
    version: int | None = None


class Picture(_Request):
    """A photo that is kept, to show it."""

    kind: Literal["picture"]
    photo: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    width: int


Request = Annotated[
    Edit | Mine | Photo | SoldOut | Ask | Publish | History | RollBack | Preview | Picture, Field(discriminator="kind")
]


class Message(BaseModel):
    """Requests in the order they were made; `session` and `at` say what the browser knows, None: nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    session: str | None = None
    at: int | None = None
    requests: tuple[Request, ...] = Field(default=(), max_length=AT_MOST)


_MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)


def read_message(raw: Any) -> Message:
    """Raises PatchError for what isn't a message."""
    try:
        return _MESSAGE.validate_python(raw)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise PatchError(f"The editor sent what can't be understood ({where}: {first['msg']}).", "", "") from None
