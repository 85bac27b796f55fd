"""What an import would do, as the rows and the sums that somebody reads before taking it."""

from dashboard.elements import import_rows, tent
from dashboard.menus.importing import Preview, preview
from dashboard.menus.model import Item, Menu, Restaurant, Section

HOUSE = Restaurant(
    id="bistro", name={"en": "Bistro"}, area="Mitte", time_zone="Europe/Berlin", currency="EUR", languages=("en",)
)


def menu(*names: str) -> Menu:
    items = tuple(Item(id=name.lower(), name={"en": name}, price_minor=300) for name in names)
    return Menu(restaurant=HOUSE, sections=(Section(id="food", name={"en": "Food"}, items=items),))


def found(csv: str, present: Menu) -> Preview:
    return preview("t.csv", csv.encode(), "bistro", present)


def test_each_row_says_what_becomes_of_it() -> None:
    present = menu("Soup", "Tea", "Cake")
    lines = import_rows.rows(found("section,name,price\nFood,Soup,4\nFood,Tea,3\nFood,Pie,5\n", present), present)
    assert [(line["item"]["text"], line["id"]) for line in lines] == [
        ("Cake", "removed"), ("Pie", "added"), ("Soup", "changed"), ("Tea", "same"),
    ]  # fmt: skip
    words = {line["item"]["text"]: line["words"]["text"] for line in lines}
    assert words["Pie"] == "Food, 5 EUR"
    assert words["Soup"] == "3 → 4 EUR" or "3 → 4 EUR" in words["Soup"]
    assert lines[1]["item"]["sub"] == "row 4"


def test_what_is_wrong_stands_first_and_says_why() -> None:
    present = menu("Soup")
    preview = found("section,name,price\nFood,Soup,3\nFood,Tea,much\n", present)
    lines = import_rows.rows(preview, present)
    assert lines[0]["id"] == "wrong"
    assert lines[0]["item"]["sub"] == "row 3"
    assert "much" in lines[0]["words"]["text"]
    assert import_rows.sums(preview) == {"wrong": 1, "same": 1}


def test_a_new_section_is_told_too() -> None:
    present = menu("Soup")
    lines = import_rows.rows(found("section,name,price\nFood,Soup,3\nDrinks,Tea,3\n", present), present)
    assert "Drinks: new section" in " ".join(
        line["words"]["text"] for line in lines if line["item"]["text"] == "Section"
    )


def test_the_sum_is_a_sentence() -> None:
    present = menu("Soup", "Tea")
    assert import_rows.told(found("section,name,price\nFood,Soup,4\nFood,Pie,3\n", present)) == (
        "1 item removed, 1 added, 1 changed"
    )
    assert import_rows.told(found("section,name,price\nFood,Soup,3\nFood,Tea,3\n", present)) == "nothing changed"


def test_a_tent_shows_what_is_printed_and_no_name_is_markup() -> None:
    house = HOUSE.model_copy(update={"name": {"en": "Fish & <b>Chips</b>"}, "cuisine": {"en": "Pub"}})
    front = tent.front(house, "Terrace 3", "https://menu.example/r/bistro/?table=Terrace%203")
    assert "Fish &amp; &lt;b&gt;Chips&lt;/b&gt;" in front
    assert "Table Terrace 3" in front
    assert "menu.example/r/bistro" in front
    assert 'alt="https://menu.example/r/bistro/?table=Terrace%203"' in front
