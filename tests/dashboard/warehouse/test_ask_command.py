"""`menulens ask`: rows on stdout, the price tag on stderr."""

import csv
import io
import json
from functools import partial

import pytest

import queries
from dashboard.blobs import FolderBlobs
from dashboard.people import People, person

NOVEMBER = ("first_date=2026-11-01", "last_date=2026-11-30")


@pytest.fixture
def ask(command):
    return partial(command, "ask")


def test_every_report_answers_with_its_columns_about_every_restaurant(ask, lived_in):
    for name in queries.names("report"):
        query = queries.load(name)
        dates = NOVEMBER if any(parameter.name == "first_date" for parameter in query.parameters) else ()
        code, out, err = ask(name, *dates, "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(out)))
        assert code == 0, err
        assert tuple(rows[0]) == query.columns
        assert {row["restaurant_id"] for row in rows} == {"uno", "duo"}, name
        assert " rows · as of 2026-11-02 12:00:00 UTC · " in err


def test_a_report_may_be_about_one_restaurant(ask, lived_in):
    _, out, _ = ask("funnel", *NOVEMBER, "restaurant_id=uno", "--format", "csv")
    assert out.splitlines() == [
        "restaurant_id,step,visits",
        *(f"uno,{step},3" for step in ("visit", "viewed", "opened", "intent", "ordered")),
    ]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("", "No restaurant '' in this home. It has duo, uno."),  # and not everybody's rows
        ("umo", "No restaurant 'umo' in this home. Did you mean 'uno'? It has duo, uno."),
    ],
)
def test_a_restaurant_that_is_not_there_is_an_error_that_says_which_are(ask, lived_in, wanted, said):
    assert ask("funnel", *NOVEMBER, f"restaurant_id={wanted}") == (1, "", f"menulens: {said}\n")


def test_a_known_restaurant_without_a_visit_has_no_row_and_no_error(ask, lived_in):
    code, out, err = ask("funnel", "first_date=2020-01-01", "last_date=2020-01-02", "restaurant_id=uno")
    assert (code, len(out.splitlines())) == (0, 2)
    assert err.startswith("0 rows · ")


def test_an_item_that_is_not_there_has_no_row_and_a_hint(ask, lived_in):
    code, out, err = ask("item_daily", *NOVEMBER, "item_id=no-such", "--format", "json")
    assert (code, out) == (0, "[]\n")
    assert "No row for the item 'no-such'; `menulens ask menus` names every item." in err


def test_a_manager_sees_the_own_restaurants_and_is_told_whom_to_ask_about_others(ask, lived_in):
    People(FolderBlobs(lived_in.path)).add(person("anna@uno.example", "manager", ["uno"]))
    _, out, _ = ask("funnel", *NOVEMBER, "--as", "anna@uno.example", "--format", "json")
    assert {row["restaurant_id"] for row in json.loads(out)} == {"uno"}
    code, out, err = ask("funnel", "restaurant_id=duo", "--as", "anna@uno.example")
    assert (code, out) == (1, "")
    assert "anna@uno.example may not see the restaurant 'duo'. Ask an admin" in err
    code, _, err = ask("funnel", "--as", "nobody")
    assert code == 1
    assert "Nobody here is called 'nobody'." in err


def test_json_has_iso_dates_and_nulls(ask, lived_in):
    _, out, _ = ask("menus", "restaurant_id=uno", "--format", "json")
    [record] = json.loads(out)
    assert record["published_at"] == "2025-11-01T12:26:40.123000+00:00"
    assert record["food_cost_minor"] is None
    assert record["price_minor"] == 900
    _, out, _ = ask("daily", *NOVEMBER, "restaurant_id=uno", "--format", "json")
    assert json.loads(out)[0]["local_date"] == "2026-11-02"


def test_csv_keeps_null_apart_from_nothing_and_quotes_what_needs_it(ask, empty):
    names = ['Soup, "hot"', "", "[b]x[/b]"]
    empty.restaurant("uno", items=[{"item_id": f"i{n}", "item_name": name} for n, name in enumerate(names)])
    _, out, _ = ask("menus", "--format", "csv")
    assert out.splitlines()[1] == ('uno,1,2025-11-01T12:26:40.123000+00:00,i0,"Soup, ""hot""",all,All,1,1,900,')
    assert out.splitlines()[2].split(",")[4] == '""'
    _, out, _ = ask("menus")
    assert "[b]x[/b]" in out


def test_a_table_is_for_reading(ask, lived_in):
    _, out, _ = ask("daily", *NOVEMBER)
    header, _, first, *_ = out.splitlines()
    assert header.split() == list(queries.load("daily").columns)
    assert first.split() == ["duo", "2026-11-02", "5", "5", "5", "4500", "THB", "1"]


def test_asked_for_nothing_it_lists_what_can_be_asked(ask):
    code, out, _ = ask()
    assert code == 0
    for name in queries.names("report"):
        assert name in out
        assert queries.load(name).question in out


def test_an_unknown_report_lists_what_there_is(ask):
    code, out, err = ask("profits")
    assert (code, out) == (2, "")
    assert "There is no report 'profits'. There are " in err
    assert ", funnel, " in err
    assert len(err.splitlines()) == 1
    assert "There is no report 'funel'. Did you mean 'funnel'?" in ask("funel")[2]


def test_a_rollup_is_no_report(ask):
    assert ask("item_hours")[0] == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("first_date",), "'first_date' is no parameter: write name=value"),
        (("colour=red",), "funnel has no parameter 'colour'. It has first_date (date), last_date (date)."),
        (("scope=all",), "funnel has no parameter 'scope'."),
        (("first_date=01.11.2026",), "first_date is '01.11.2026': it must be a date such as 2026-11-01."),
        (("first_date=2026-11-02", "last_date=2026-11-01"), "is after last_date"),
    ],
)
def test_wrong_usage_is_said_in_words(ask, words, says):
    code, out, err = ask("funnel", *words)
    assert (code, out) == (2, "")
    assert says in err


def test_an_empty_home_says_what_to_do(ask):
    code, out, err = ask("funnel", "--format", "csv")
    assert (code, out) == (0, "restaurant_id,step,visits\n")
    assert "`menulens demo` invents some" in err
