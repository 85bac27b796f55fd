"""One browser's work on one restaurant's menu: a message in, replies and what changed since out.

The store holds the truth; the browser holds what it was told (the menu at number `n`) and edits on their way. Each
step from one number to the next is a list of operations, so the whole menu travels once. Whoever may edit is asked of
the store at every message.
"""

from base64 import b64encode
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.menus import merging
from dashboard.menus.changes import changes, history, in_words
from dashboard.menus.editor import messages as asked
from dashboard.menus.editor.typed import Problem, operations
from dashboard.menus.model import Allergen, Diet, Long, Menu, Photo, Short, in_language
from dashboard.menus.patch import Bulk, Op, Percent, Set, apply, between, clash, touches
from dashboard.menus.site import preview
from dashboard.menus.slips import slips
from dashboard.menus.store import Draft, MenuStore
from errors import ConflictError, MenulensError, PatchError

STEPS = 300  # steps back that a slow browser may still be told one by one; beyond it gets the whole menu
VERSIONS = 12  # of the history, at once
EDITS = (asked.Edit, asked.Mine, asked.Photo)
Reply = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """The menu before step `n`, and the operations that it took; `by` is empty for this browser's own."""

    n: int
    before: Menu
    ops: tuple[Op, ...]
    by: str


@dataclass
class Editor:
    """What one browser was told so far. `store` is handed in at every call: its scope may change meanwhile."""

    restaurant_id: str
    draft: Draft
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    session: str = field(default_factory=lambda: token_hex(8))
    n: int = 0
    at: int | None = None
    steps: deque[Step] = field(default_factory=lambda: deque(maxlen=STEPS))
    replies: dict[str, Reply] = field(default_factory=dict)
    done: OrderedDict[str, Reply] = field(default_factory=OrderedDict)
    conflicts: dict[str, tuple[merging.Conflict, Menu]] = field(default_factory=dict)
    _judged: tuple[int, int, dict[str, Any]] | None = None

    # ── browser → here ──

    def receive(self, store: MenuStore, raw: Any) -> None:
        """Do what a message asks. Whatever fails becomes words in its reply."""
        self.replies = {}
        try:
            message = asked.read_message(raw)
            # Of a number that another session gave, nothing can be told, and edits on top of it aren't judged: the
            # browser gets the whole menu, looks at what it holds back, and sends it again.
            known = message.session == self.session
            self.at = message.at if known else None
            self.catch_up(store)
            fresh = [
                request
                for request in message.requests
                if request.id not in self.done and (known or not isinstance(request, EDITS))
            ]
            for several, group in groupby(fresh, lambda request: isinstance(request, EDITS)):
                requests = list(group)
                if several:
                    self._tell(requests, self._edits(store, requests))
                else:
                    self._tell(requests, [self._other(store, request) for request in requests])
            self.replies = {
                request.id: self.done[request.id] for request in message.requests if request.id in self.done
            }
        except MenulensError as problem:
            self.replies = {"": _refusal(problem)}

    def _tell(self, requests: Sequence[Any], replies: Sequence[Reply]) -> None:
        for request, reply in zip(requests, replies, strict=True):
            self.done[request.id] = reply
        while len(self.done) > STEPS:
            self.done.popitem(last=False)

    def catch_up(self, store: MenuStore) -> None:
        """Learn what others did since."""
        now = store.draft(self.restaurant_id)
        if now.menu != self.draft.menu:
            self._step(between(self.draft.menu, now.menu), now.by or "Somebody else")
        self.draft = now

    def _step(self, ops: tuple[Op, ...], by: str) -> None:
        self.n += 1
        self.steps.append(Step(self.n, self.draft.menu, ops, by))

    # ── edits: those of one message are saved together ──

    def _edits(self, store: MenuStore, requests: Sequence[Any]) -> list[Reply]:
        kept: dict[str, Reply | tuple[dict[str, Any], ...]] = {
            request.id: self._photo(store, request) for request in requests if isinstance(request, asked.Photo)
        }
        while True:
            menu, replies, all_ops = self.draft.menu, list[Reply](), list[Op]()
            for request in requests:
                if isinstance(request, asked.Mine):
                    reply, after, ops = self._mine(menu, request)
                elif isinstance(made := kept.get(request.id), dict):
                    reply, after, ops = made, menu, ()
                else:
                    wanted = made if made is not None else request.ops
                    reply, after, ops = self._edited(menu, getattr(request, "base", self.n), wanted)
                menu = after
                replies.append(reply)
                all_ops += ops
            if not all_ops:
                return replies
            try:
                saved = store.save_draft(menu, self.draft, self.clock())
            except ConflictError:
                self.catch_up(store)
                continue
            except MenulensError as problem:
                return [_refusal(problem) for _ in requests]
            self._step(tuple(all_ops), "")
            self.draft = saved
            return replies

    def _edited(self, menu: Menu, base: int, wanted: Sequence[dict[str, Any]]) -> tuple[Reply, Menu, tuple[Op, ...]]:
        """The reply, the menu, the operations that were made: those that overwrite no one else."""
        ops, problems = operations(wanted, menu.restaurant)
        if problems:
            return {"problems": [asdict(problem) for problem in problems]}, menu, ()
        theirs = [step for step in self.steps if step.n > base and step.by]
        their_ops = [op for step in theirs for op in step.ops]
        mine, both = list[Op](), list[Op]()
        for op in _singly(ops) if theirs else ops:
            if op not in their_ops:
                (both if any(clash(op, other) for other in their_ops) else mine).append(op)
        try:
            after, undo = apply(menu, mine)
        except PatchError as problem:
            return {"problems": [asdict(Problem(problem.id, problem.field, problem.message))]}, menu, ()
        reply: Reply = {"undo": _dumped(undo)}
        if both:
            reply["conflicts"] = [self._conflict(op, theirs[0].before, menu, theirs[-1].by) for op in both]
        return reply, after, tuple(mine)

    def _conflict(self, op: Op, before: Menu, now: Menu, by: str) -> Reply:
        what, id, where = next(touches(op))
        if what != "restaurant" and not any(row.id == id for row in _rows(now, what)):
            where = "*"  # it is gone as a whole
        try:
            mine, _ = apply(before, [op])
        except PatchError:
            mine = before
        words = in_words(mine, what, id, where), in_words(now, what, id, where)
        conflict = merging.Conflict(what, id, where, *words, op)
        name = self.name(mine, what, id)
        self.conflicts[key := token_hex(4)] = conflict, mine
        return {"id": key, "what": what, "row": id, "name": name, "field": _called(where), "by": by,
                "mine": words[0], "theirs": words[1]}  # fmt: skip

    def _mine(self, menu: Menu, request: asked.Mine) -> tuple[Reply, Menu, tuple[Op, ...]]:
        if request.conflict not in self.conflicts:
            return {"error": "That choice is gone: make your change again."}, menu, ()
        conflict, mine = self.conflicts.pop(request.conflict)
        try:
            ops = between(menu, merging.mine_instead(menu, mine, conflict))
            after, undo = apply(menu, ops)
        except MenulensError as problem:
            return _refusal(problem), menu, ()
        return {"undo": _dumped(undo)}, after, ops

    def _photo(self, store: MenuStore, request: asked.Photo) -> Reply | tuple[dict[str, Any], ...]:
        """The operation that gives an item its photo, once it is kept; else the reply that says why not."""
        try:
            photo = store.keep_photo(self.restaurant_id, request.data)
        except MenulensError as problem:
            return {"problems": [asdict(Problem(request.item, "photo", str(problem)))]}
        value = photo.model_dump(mode="json")
        return ({"op": "set", "what": "item", "id": request.item, "field": "photo", "value": value},)

    # ── all else that may be asked ──

    def _other(self, store: MenuStore, request: Any) -> Reply:
        try:
            return self._answer(store, request)
        except MenulensError as problem:
            return _refusal(problem)

    def _answer(self, store: MenuStore, request: Any) -> Reply:
        match request:
            case asked.SoldOut():
                return self._sold_out(store, request)
            case asked.Ask(kind="review"):
                live = self._live(store)
                found = changes(live, self.draft.menu)
                if not found:  # perhaps it was published, and the disk said no before guests' pages were written
                    store.settle(self.restaurant_id)
                return {"seen": self.n, "changes": [
                    {"kind": each.kind, "what": each.what, "id": each.id, "sentence": each.sentence,
                     "name": self.name(live if each.kind == "removed" else self.draft.menu, each.what, each.id),
                     "take_back": _dumped(each.take_back)}
                    for each in found
                ]}  # fmt: skip
            case asked.Publish():
                return self._publish(store, request)
            case asked.History():
                return self._history(store, request.before)
            case asked.RollBack():
                published = store.roll_back(self.restaurant_id, request.version, self.clock())
                self.catch_up(store)
                return {"published": published.version}
            case asked.Preview():
                menu = store.published(self.restaurant_id, request.version) if request.version else self.draft.menu
                language = (
                    request.language if request.language in menu.restaurant.languages else menu.restaurant.language
                )
                return {"html": preview(menu, language, photo_url=_picture)}
            case asked.Picture():
                raw = store.photo(self.restaurant_id, request.photo, request.width)
                return {"url": f"data:image/webp;base64,{b64encode(raw).decode()}"}
        return {}

    def _sold_out(self, store: MenuStore, request: asked.SoldOut) -> Reply:
        """Of what guests can read it is the kitchen's, at once; of a new item the draft's, until it is published."""
        until = self._local(request.until)
        before = {item.id: item for _, _, item in self.draft.menu.placed if item.id in request.items}
        for id in request.items:
            if id not in before:
                raise PatchError("That item is no longer on the menu.", id, "sold_out")
        known = {item.id for _, _, item in self._live(store).placed}
        if published := known.intersection(request.items):
            store.mark_sold_out(self.restaurant_id, published, request.sold_out, until if request.sold_out else None)
        values = {"sold_out": request.sold_out, "sold_out_until": until and until.isoformat()}
        ops = [
            Set(what="item", id=id, field=name, value=value)
            for id in request.items if id not in known for name, value in values.items()
        ]  # fmt: skip
        if ops:
            self.draft = store.save_draft(apply(self.draft.menu, ops)[0], self.draft, self.clock())
        now = store.draft(self.restaurant_id)
        self._step(between(self.draft.menu, now.menu), "")
        self.draft = now
        return {"was": [
            {"items": [id], "sold_out": item.sold_out, "until": self._clock_of(item.sold_out_until)}
            for id, item in before.items()
        ]}  # fmt: skip

    def _publish(self, store: MenuStore, request: asked.Publish) -> Reply:
        if self.at is None:  # `seen` is a number of another session: what was read stood in another list
            return {"error": "The editor was connected anew while you read this: look at the differences again."}
        if since := [step for step in self.steps if step.n > request.seen and step.by]:
            return {"error": f"{since[-1].by} changed the menu while you read this: look at the differences again."}
        live = self._live(store)
        if not (self.draft.at and changes(live, self.draft.menu)):
            return {"error": "There is nothing to publish: guests read this menu already."}
        published = store.publish(self.draft.menu.model_copy(update={"version": live.version}), self.clock())
        self.catch_up(store)
        return {"published": published.version}

    def _history(self, store: MenuStore, before: int | None) -> Reply:
        versions = [version for version in store.versions(self.restaurant_id) if before is None or version < before]
        some = [store.published(self.restaurant_id, version) for version in versions[-VERSIONS - 1 :]]
        revisions = history(some)[len(some) > VERSIONS :]
        return {"more": len(versions) > VERSIONS, "versions": [
            {"version": each.version, "at": each.at and int(each.at.timestamp() * 1000), "by": each.by,
             "same_as": each.same_as, "changes": [change.sentence for change in each.changes]}
            for each in reversed(revisions)
        ]}  # fmt: skip

    # ── here → browser ──

    def told(self, store: MenuStore) -> dict[str, Any]:
        """What the browser is to know: replies, and the steps from the number that it said it has, or all of it."""
        menu, judged = self.draft.menu, self._judge(store)
        since = [step for step in self.steps if self.at is not None and step.n > self.at]
        news: dict[str, Any] = {"session": self.session, "n": self.n, "replies": self.replies, **judged}
        if self.at is None or len(since) < self.n - self.at or self.at > self.n:
            news["menu"] = menu.model_dump(mode="json", exclude={"version", "published_at", "published_by"})
            news["facts"] = {
                "allergens": [str(each) for each in Allergen],
                "diets": [str(each) for each in Diet],
                "digits": menu.restaurant.minor_digits,
                "limits": {"name": _longest(Short), "description": _longest(Long)},
            }
            self.at = self.n
        else:
            news |= {"from": self.at, "steps": [{"ops": _dumped(step.ops), "by": step.by} for step in since]}
        return news

    def _judge(self, store: MenuStore) -> dict[str, Any]:
        """What publishing this draft would mean; looked at again only when there is something new to look at."""
        newest = max(store.versions(self.restaurant_id), default=0)
        if self._judged is None or self._judged[:2] != (self.n, newest):
            live = self._live(store)
            verdict = {
                "tag": self.draft.tag,
                "version": newest,
                "count": len(changes(live, self.draft.menu)),
                "slips": [asdict(slip) for slip in slips(self.draft.menu, live)],
                "prices": {item.id: item.price_minor for _, _, item in live.placed},
            }
            self._judged = self.n, newest, verdict
        return self._judged[2]

    def _live(self, store: MenuStore) -> Menu:
        """What guests read: the newest version, or nothing yet."""
        if store.versions(self.restaurant_id):
            return store.published(self.restaurant_id)
        return Menu(restaurant=self.draft.menu.restaurant)

    def name(self, menu: Menu, what: str, id: str) -> str:
        row = (
            menu.restaurant if what == "restaurant" else next((row for row in _rows(menu, what) if row.id == id), None)
        )
        return in_language(row.name, menu.restaurant.language) if row else "Something removed"

    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.draft.menu.restaurant.time_zone)

    def _local(self, until: str | None) -> datetime | None:
        if until is None:
            return None
        try:
            local = datetime.fromisoformat(until).replace(tzinfo=self._zone())
        except ValueError:
            raise PatchError(f"{until[:40]!r} is no date and time.", "", "sold_out") from None
        if local <= self.clock():
            raise PatchError("That time is over: choose a later one.", "", "sold_out")
        return local

    def _clock_of(self, at: datetime | None) -> str | None:
        return at.astimezone(self._zone()).strftime("%Y-%m-%dT%H:%M") if at else None


def _rows(menu: Menu, what: str) -> Sequence[Any]:
    return [item for _, _, item in menu.placed] if what == "item" else menu.sections


def _singly(ops: Sequence[Op]) -> Iterator[Op]:
    """Operations on many items as one an item, so that somebody else's edit of one stands in the way of no other."""
    for op in ops:
        match op:
            case Bulk():
                yield from (Set(what="item", id=id, field=op.field, value=op.value) for id in op.ids)
            case Percent():
                yield from (op.model_copy(update={"ids": (id,)}) for id in op.ids)
            case _:
                yield op


def _dumped(ops: Sequence[Op]) -> list[dict[str, Any]]:
    return [op.model_dump(mode="json") for op in ops]


def _called(where: str) -> str:
    """A field as people call it."""
    return {"*": "all of it", "place": "its place"}.get(
        where, where.partition(".")[0].removesuffix("_minor").replace("_", " ")
    )


def _refusal(problem: MenulensError) -> Reply:
    if isinstance(problem, PatchError) and problem.id:
        return {"problems": [asdict(Problem(problem.id, problem.field, problem.message))]}
    return {"error": str(problem)}


def _picture(photo: Photo, width: int) -> str:
    """A photo's address in a preview: the browser puts the picture in, which it asks for once."""
    return f"photo:{photo.id}-{width}"


def _longest(of: Any) -> int:
    return next(int(part.max_length) for part in of.__metadata__ if getattr(part, "max_length", None))
