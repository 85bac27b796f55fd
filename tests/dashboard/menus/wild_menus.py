"""Menus and edits as hypothesis invents them: few ids, so that edits meet, and texts in two languages."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from dashboard.menus.model import Allergen, Choice, Diet, Item, Menu, Option, Photo, Restaurant, Section, Serving
from dashboard.menus.patch import Add, Bulk, Move, Op, Percent, Remove, Set

HOUSE = Restaurant(
    id="bistro", name={"en": "Bistro", "th": "บิสโตร"}, area="Ari", time_zone="Asia/Bangkok", currency="THB",
    languages=("en", "th"),
)  # fmt: skip
SECTION_IDS = ("soups", "curries", "sweets", "tea")
ITEM_IDS = ("a", "b", "c", "d", "e", "f", "tea")  # an item may be called as a section is
WORDS = st.sampled_from(["Pad Thai", "Soup", "ผัดไทย", "Tea"])
NAMES = st.sampled_from([{"en": "Soup"}, {"th": "ซุป"}, {"en": "Tea", "th": "ชา"}, {"th": "ชา", "en": "Tea"}])
TEXTS = st.just({}) | NAMES
BIG = Choice(id="big", name={"en": "Big"}, price_delta_minor=500)
SIZE = Option(id="size", name={"en": "Size"}, choices=(BIG,))
OPTIONS = st.sampled_from([(), (SIZE,), (SIZE.model_copy(update={"sizes": True, "min": 1}),)])
SERVINGS = st.builds(
    lambda days, opens, long: Serving(days=days, opens=opens, closes=opens + long),
    st.sets(st.integers(1, 7), min_size=1).map(tuple),
    st.integers(0, 1439),
    st.integers(1, 1440),
)
SERVED = st.lists(SERVINGS, max_size=2).map(tuple)
PICTURES = (
    Photo(id="0123456789abcdef", width=1280, height=960),
    Photo(id="fedcba9876543210", width=200, height=90, alt={"en": "A bowl"}),
)
PHOTOS = st.sampled_from([None, *PICTURES])
UNTIL = st.sampled_from([None, datetime(2026, 11, 24, 18, tzinfo=UTC)])


def items(id: str) -> st.SearchStrategy[Item]:
    return st.builds(
        Item,
        id=st.just(id),
        name=NAMES,
        description=TEXTS,
        price_minor=st.sampled_from([0, 1, 12_345, 12_500]),
        options=OPTIONS,
        allergens=st.sampled_from([None, frozenset(), frozenset({Allergen.MILK}), frozenset(Allergen)]),
        diets=st.sampled_from([frozenset(), frozenset({Diet.VEGAN}), frozenset(Diet)]),
        photo=PHOTOS,
        served=SERVED,
        sold_out=st.booleans(),
        sold_out_until=UNTIL,
        food_cost_minor=st.sampled_from([None, 0, 900]),
    )


@st.composite
def menus(draw: st.DrawFn) -> Menu:
    sections = draw(st.permutations(SECTION_IDS))[: draw(st.integers(0, 4))]
    ids = draw(st.permutations(ITEM_IDS))[: draw(st.integers(0, 7)) if sections else 0]
    homes = [draw(st.sampled_from(sections)) for _ in ids]
    rows = {id: draw(items(id)) for id in ids}
    return Menu(
        restaurant=HOUSE.model_copy(update={"name": draw(NAMES), "tables": draw(st.integers(0, 3))}),
        sections=tuple(
            Section(
                id=section,
                name=draw(NAMES),
                served=draw(SERVED),
                items=tuple(rows[id] for id, home in zip(ids, homes, strict=True) if home == section),
            )
            for section in sections
        ),
    )


SECTION, ITEM = st.sampled_from(SECTION_IDS), st.sampled_from(ITEM_IDS)
FIELDS = st.one_of(
    st.tuples(st.sampled_from(["name.en", "name.th", "description.th", "name.xx!"]), st.none() | WORDS),
    st.tuples(st.just("price_minor"), st.sampled_from([0, 12_345, -1, "12", None, 10**12])),
    st.tuples(
        st.sampled_from(["allergens", "diets"]), st.sampled_from([None, [], ["milk", "eggs"], ["vegan"], "milk"])
    ),
    st.tuples(st.just("options"), st.sampled_from([[], [{"id": "x", "name": {"en": "X"}, "choices": []}]])),
    st.tuples(st.sampled_from(["sold_out", "id", "nothing", "items", "photo", "served"]), st.booleans()),
    st.tuples(st.just("sold_out_until"), st.sampled_from([None, "2026-11-25T01:30:00+07:00", "2026-11-25T01:30", 5])),
    st.tuples(st.just("served"), SERVED.map(lambda served: [each.model_dump(mode="json") for each in served])),
    st.tuples(st.just("photo"), PHOTOS.map(lambda photo: photo and photo.model_dump(mode="json"))),
)
OPS: st.SearchStrategy[Op] = st.one_of(
    st.builds(Add, into=st.none() | SECTION, before=st.none() | ITEM, node=ITEM.flatmap(items)),
    st.builds(Add, before=st.none() | SECTION, node=st.builds(Section, id=SECTION, name=NAMES)),
    st.builds(Remove, what=st.just("item"), id=ITEM),
    st.builds(Remove, what=st.just("section"), id=SECTION),
    st.builds(Move, what=st.just("item"), id=ITEM, into=st.none() | SECTION, before=st.none() | ITEM),
    st.builds(Move, what=st.just("section"), id=SECTION, before=st.none() | SECTION),
    st.builds(lambda id, field: Set(what="item", id=id, field=field[0], value=field[1]), ITEM, FIELDS),
    st.builds(lambda id, field: Set(what="section", id=id, field=field[0], value=field[1]), SECTION, FIELDS),
    st.builds(Set, what=st.just("restaurant"), id=st.just("bistro"), field=st.just("tables"), value=st.integers(-1, 9)),
    st.builds(lambda ids, field: Bulk(ids=ids, field=field[0], value=field[1]), st.lists(ITEM, max_size=3), FIELDS),
    st.builds(
        Percent,
        ids=st.lists(ITEM, max_size=3),
        percent=st.decimals(-100, 300, places=2),
        round_to=st.sampled_from([1, 50]),
    ),
)
