"""Texts that hold names and amounts, for places that read Markdown."""

import re

# What Markdown, or Streamlit's own, would act on: emphasis, links, pictures, HTML, formulas, :directives:, tables; and
# at the beginning of a line headings and lists.
_ACTS = re.compile(r"[\\`*_\[\]<>~$|]|:(?=[a-zA-Z])|^[#+-]|(?<=\d)[.)](?=\s)", re.MULTILINE)


# What it makes a link of by itself: an address of a page, or of a mailbox.
_LEADS = re.compile(r"(?<=:)(?=//)|(?<=\bwww)(?=\.)|(?=@)", re.IGNORECASE)
_NO_LINK = "\u2060"  # takes no room and breaks no line


def plain(text: str) -> str:
    """The text so that Markdown shows it letter by letter: a price's $ is no formula, a name no picture or link."""
    return _LEADS.sub(_NO_LINK, _ACTS.sub(r"\\\g<0>", text))
