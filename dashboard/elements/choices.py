"""A page's own choices: the URL keeps them while the page is open, so that what is seen can be sent to somebody."""

from collections.abc import Mapping

import streamlit as st


def chosen(name: str, options: Mapping[str, str], default: str) -> str:
    """What the URL says under `name`, if it is one of the options."""
    given = st.query_params.get(name)
    return given if given is not None and given in options else default


def segments(name: str, label: str, options: Mapping[str, str], default: str) -> str:
    """One of a few, side by side: option → its words."""
    value = st.session_state[_key(name)] = chosen(name, options, default)
    st.segmented_control(
        label, list(options), format_func=options.__getitem__, key=_key(name), required=True,
        label_visibility="collapsed", wrap=False, on_change=_keep, args=(name, default),
    )  # fmt: skip
    return value


def select(name: str, label: str, options: Mapping[str, str], default: str) -> str:
    """One of many, in a list."""
    value = st.session_state[_key(name)] = chosen(name, options, default)
    st.selectbox(
        label, list(options), format_func=options.__getitem__, key=_key(name), label_visibility="collapsed",
        width=180,
        on_change=_keep, args=(name, default),
    )  # fmt: skip
    return value


def toggle(name: str, label: str) -> bool:
    value = st.session_state[_key(name)] = st.query_params.get(name) == "yes"
    st.toggle(label, key=_key(name), on_change=_keep, args=(name, False))
    return value


def choose(name: str, value: str | None) -> None:
    """Change a choice from a callback; None takes it out of the URL."""
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value


def _keep(name: str, default: object) -> None:
    value = st.session_state[_key(name)]
    choose(name, None if value == default else "yes" if value is True else str(value))


def _key(name: str) -> str:
    return f"choice-{name}"
