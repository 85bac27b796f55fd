import pytest

from dashboard.elements import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("$4 to $12 more margin a week", r"\$4 to \$12 more margin a week"),
        ("![x](http://evil.example/x)", "!\\[x\\](http:\u2060//evil.example/x)"),
        ("WWW.evil.example", "WWW\u2060.evil.example"),
        ("*Chef’s* _own_ `pie` <b>", r"\*Chef’s\* \_own\_ \`pie\` \<b\>"),
        (":red[hot] at 10:30", r"\:red\[hot\] at 10:30"),
        ("12. Pad Thai (v2), 3.5 %", r"12\. Pad Thai (v2), 3.5 %"),
        ("mia@example.com", "mia\u2060@example.com"),
        ("# 1 of the house\n- today", "\\# 1 of the house\n\\- today"),
    ],
)
def test_what_somebody_wrote_is_shown_letter_by_letter(text: str, shown: str) -> None:
    assert plain(text) == shown
