"""What may stand on a menu and still is worth a second look."""

import pytest

from dashboard.menus.model import Item, Menu
from dashboard.menus.patch import Add, Bulk, Op, Set, apply
from dashboard.menus.slips import slips

SATAY = ("satay",)


def said(menu: Menu, *ops: Op) -> list[str]:
    return [slip.sentence for slip in slips(apply(menu, ops)[0], menu)]


def test_a_sound_menu_has_none(menu: Menu) -> None:
    assert slips(menu, None) == slips(menu, menu) == []


@pytest.mark.parametrize(
    ("minor", "odd"), [(100_000, True), (99_900, False), (1_000, True), (1_100, False), (0, False)]
)
def test_a_price_that_jumps_tenfold_is_asked_about(menu: Menu, minor: int, odd: bool) -> None:
    menu = apply(menu, [Bulk(ids=SATAY, field="price_minor", value=10_000)])[0]
    sentences = said(menu, Bulk(ids=SATAY, field="price_minor", value=minor))
    assert bool(sentences) == odd
    assert all("and was 100 THB: is a point misplaced?" in sentence for sentence in sentences)


def test_a_name_that_stands_twice_or_lacks_the_houses_language_is_asked_about(menu: Menu) -> None:
    section, satay = menu.sections[0], menu.sections[0].items[0]
    twin = Item(id="twin", name=satay.name, price_minor=100)
    name, place = satay.name["th"], section.name["th"]
    assert said(menu, Add(into=section.id, node=twin)) == [f"“{name}” stands in {place} twice."]
    assert said(menu, Set(what="section", id=section.id, field="name.th", value="")) == [
        f"{section.name['en']} has no name in Thai, the house's own language."
    ]
