"""The record of who did what: added to, read by days, and never changed; in a folder and in a bucket."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest

from dashboard.audit import LONGEST, Audit
from dashboard.blobs import Blobs
from errors import StorageError

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
DAY = NOON.date()


def test_entries_are_read_back_newest_first(blobs: Blobs) -> None:
    audit = Audit(blobs, lambda: NOON)
    audit.record("sign_in", "ada")
    audit.record("published", "ada", "krua", version="3")
    newest, first = audit.read(DAY, DAY)
    assert (first.kind, first.who, first.about, first.at) == ("sign_in", "ada", "", NOON)
    assert (newest.kind, newest.about, newest.details) == ("published", "krua", {"version": "3"})


def test_only_the_days_that_were_asked_for_are_read(blobs: Blobs) -> None:
    for days in range(5):
        Audit(blobs, lambda days=days: NOON + timedelta(days=days)).record("sign_in", f"p{days}")
    audit = Audit(blobs, lambda: NOON + timedelta(days=30))
    assert [entry.who for entry in audit.read(DAY + timedelta(days=1), DAY + timedelta(days=3))] == ["p3", "p2", "p1"]
    assert audit.read(date(2025, 1, 1), date(2025, 12, 31)) == []


def test_of_many_who_add_at_once_none_is_lost(blobs: Blobs) -> None:
    def add(number: int) -> None:
        for turn in range(3):
            Audit(blobs, lambda: NOON).record("sign_in", f"p{number}", turn=str(turn))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = {(entry.who, entry.details["turn"]) for entry in Audit(blobs, lambda: NOON).read(DAY, DAY)}
    assert kept == {(f"p{number}", str(turn)) for number in range(6) for turn in range(3)}


def test_a_day_is_utc_s_wherever_the_clock_stands(blobs: Blobs) -> None:
    east = datetime.fromisoformat("2026-11-17T01:00:00+07:00")
    Audit(blobs, lambda: east).record("sign_out", "mali")
    assert [entry.at for entry in Audit(blobs, lambda: east).read(DAY, DAY)] == [east]


def test_whatever_is_told_an_entry_stays_one_short_line(blobs: Blobs) -> None:
    Audit(blobs, lambda: NOON).record("exported", "ada", "krua", what="a\nb\u2028" + "x" * 10_000)
    (entry,) = Audit(blobs, lambda: NOON).read(DAY, DAY)
    assert entry.details["what"] == "a\nb\u2028" + "x" * (LONGEST - 4)


def test_a_line_that_is_no_entry_is_named_with_its_place(blobs: Blobs) -> None:
    Audit(blobs, lambda: NOON).record("sign_in", "ada")
    blobs.put("audit/2026-11-16.ndjson", blobs.get("audit/2026-11-16.ndjson")[0] + b"{}\n")
    with pytest.raises(StorageError, match=r"audit/2026-11-16.ndjson, line 2 holds no entry: Field required"):
        Audit(blobs, lambda: NOON).read(DAY, DAY)
