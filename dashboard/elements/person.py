"""A person's sheet: role and restaurants, signing in, and taking off. Each click asks anew who may do it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import streamlit as st

from dashboard.elements import filters, roster
from dashboard.elements.markdown import plain
from dashboard.menus import desk
from dashboard.people import Person, Role, described, person
from dashboard.signin.admitting import Admitting, Standing
from errors import BusyError, MenulensError, ParameterError

OPEN = "person-sheet"
_numbers = count()


@dataclass
class Sheet:
    """An open sheet. `seen` is the person as it was when it was opened; None: somebody new."""

    seen: Person | None
    link: str = ""
    problem: MenulensError | None = None
    sure: bool = False
    number: int = field(default_factory=_numbers.__next__)  # another sheet's widgets are others

    def key(self, name: str) -> str:
        return f"{name}-{self.number}"


Act = Callable[[Sheet], None]


def open_sheet(id: str = "") -> None:
    """Open the sheet of a person, or one for somebody new."""
    seen = desk.people().read().get(id)
    st.session_state[OPEN] = Sheet(seen) if seen or not id else None  # None: taken off meanwhile


def sheet(names: Mapping[str, str]) -> None:
    """Draws the sheet that is open, if one is. `names` are all restaurants' by id."""
    if open := st.session_state.get(OPEN):
        title = plain(open.seen.id) if open.seen else "Add somebody"
        st.dialog(title, position="right", on_dismiss=_close)(_draw)(open, names)


def _close() -> None:
    st.session_state[OPEN] = None


def _draw(open: Sheet, names: Mapping[str, str]) -> None:
    try:
        desk.admin_of_now(filters.asking())
    except MenulensError:  # the page around the sheet says it
        st.rerun()
    if st.session_state[OPEN] is not open:  # a click closed it, or opened another
        st.rerun()
    if open.problem:
        st.error(plain(str(open.problem)), icon=":material/error:")
    if isinstance(open.problem, BusyError):
        return _button(open, "Look again", _look_again, type="primary")
    make = _role(open, names)
    _button(open, "Save" if open.seen else "Add", lambda open: _save(open, make), type="primary")
    if open.seen:
        if desk.keeps_passwords():
            _signing_in(open, open.seen)
        _taking_off(open, open.seen)
    return None


def _button(open: Sheet, label: str, act: Act, **looks: Any) -> None:
    st.button(label, key=open.key(label), on_click=_do, args=(open, act), **looks)


def _do(open: Sheet, act: Act) -> None:
    open.problem = None
    try:
        act(open)
    except MenulensError as problem:
        open.problem = problem


# ── role and restaurants ──


def _role(open: Sheet, names: Mapping[str, str]) -> Callable[[], Person]:
    """The fields of a person; what is given makes one of what they say, or raises ParameterError."""
    seen = open.seen
    id = seen.id if seen else st.text_input("E-mail address", key=open.key("id"), max_chars=254)
    role: Role = st.segmented_control(
        "Role", list(roster.ROLES), format_func=roster.ROLES.__getitem__, default=seen.role if seen else "manager",
        required=True, key=open.key("role"),
    )  # fmt: skip
    st.caption(roster.MEANING[role])
    own: list[str] = []
    edits: list[str] = []
    if role == "manager":
        had = seen.restaurants if seen else ()
        called = {id: id for id in had} | dict(names)
        own = st.multiselect(
            "Sees the restaurants", sorted(called, key=lambda id: called[id].casefold()), default=had,
            format_func=called.__getitem__, key=open.key("own"), placeholder="Choose one or more",
        )  # fmt: skip
        edits = st.multiselect(
            "Edits the menus of", own, default=[id for id in (seen.may_edit if seen else ()) if id in own],
            format_func=called.__getitem__, key=open.key("edits"), placeholder="None of them",
        )  # fmt: skip
    return lambda: person(id, role, own, edits)


def _save(open: Sheet, make: Callable[[], Person]) -> None:
    by, people, new = desk.admin_of_now(filters.asking()).person, desk.people(), make()
    if open.seen is None and (there := people.read().get(new.id)):
        raise ParameterError(f"{new.id} is here already: {described(there)}.", "Choose that name in the list.")
    people.replace(new.id, open.seen, new, by)
    st.toast(plain(f"{new.id} is {described(new)}"), icon=":material/task_alt:")
    if open.seen is None and desk.keeps_passwords():
        open_sheet(new.id)  # there an invitation can be made
    else:
        _close()


def _look_again(open: Sheet) -> None:
    open_sheet(open.seen.id if open.seen else "")


# ── signing in ──


def _signing_in(open: Sheet, seen: Person) -> None:
    standing = _admitting().standings([seen])[seen.id]
    if open.link:
        st.markdown("**Signing in.** This link is shown once, and works once. Who has it gets in: send it with care.")
        st.code(open.link, language=None, wrap_lines=True)
        return
    st.markdown(f"**Signing in.** {_told(standing)}")
    with st.container(horizontal=True, gap="small"):
        if standing.state == "locked":
            _button(open, "Unlock", lambda _: _admitting().unlock(seen.id))
        if standing.state in ("active", "locked"):
            told = "It stops working at once; a link sets another."
            _button(open, "Reset the password", lambda open: _show(open, _admitting().reset(seen.id)), help=told)
        else:
            label = "Make another link" if standing.until else "Make an invitation link"
            _button(open, label, lambda open: _show(open, _admitting().invite(seen.id)))


def _told(standing: Standing) -> str:
    seen = f"The last sign-in was {roster.seen_when(standing, datetime.now(UTC))}."
    if standing.state == "locked":
        return f"Locked out for a while after too many wrong passwords. {seen}"
    if standing.state == "active":
        return seen
    if standing.until:
        return f"Invited; the link works until {standing.until:%-d %B, %H:%M} UTC."
    return "Has no password, and no link that works."


def _admitting() -> Admitting:
    return desk.admitting(filters.asking())


def _show(open: Sheet, link: str) -> None:
    open.link = link


# ── taking off ──


def _taking_off(open: Sheet, seen: Person) -> None:
    st.divider()
    if not open.sure:
        icon = ":material/person_remove:"
        return _button(open, "Take off", lambda open: _make_sure(open, True), type="tertiary", icon=icon)
    st.markdown(f"**{plain(seen.id)}** won’t get in any more. What this person did stays in the audit.")
    with st.container(horizontal=True, gap="small"):
        _button(open, "Yes, take off", lambda _: _take_off(seen), type="primary")
        _button(open, "Keep", lambda open: _make_sure(open, False))
    return None


def _make_sure(open: Sheet, sure: bool) -> None:
    open.sure = sure


def _take_off(seen: Person) -> None:
    _admitting().take_off(seen)
    st.toast(plain(f"{seen.id} is taken off"), icon=":material/task_alt:")
    _close()
