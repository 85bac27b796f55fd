"""The guest's page as text: what it says, in which language, and what it must never say."""

import gzip
import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.menus.model import KEPT, Allergen, Menu, Opening, Option, Photo, Serving
from dashboard.menus.site import index, site
from dashboard.menus.speech import WORDS, Speech
from demo.restaurants import invent_menus


def changed(menu: Menu, **restaurant: object) -> Menu:
    return menu.model_copy(update={"restaurant": menu.restaurant.model_copy(update=restaurant)})


def test_each_language_has_its_page_and_the_house_speaks_first(menu: Menu) -> None:
    pages = site(menu)
    assert list(pages) == ["index.html", "en/index.html", "ar/index.html", "menu.json"]
    assert '<html lang="th" dir="ltr"' in pages["index.html"]
    assert '<html lang="ar" dir="rtl"' in pages["ar/index.html"]
    links = {
        "index.html": "/r/ton-mamuang/",
        "en/index.html": "/r/ton-mamuang/en/",
        "ar/index.html": "/r/ton-mamuang/ar/",
    }
    for path in links:
        assert all((f'<a href="{link}"' in pages[path]) == (other != path) for other, link in links.items())


def test_the_same_menu_gives_the_same_bytes(menu: Menu) -> None:
    assert site(menu) == site(menu)


def test_private_fields_never_reach_a_page(menu: Menu) -> None:
    public = "".join(site(menu).values())
    assert "food_cost" not in public
    assert "4321" not in public
    assert "43.21" not in public
    assert "Ask Nok" not in public


def test_a_page_names_no_other_host(menu: Menu) -> None:
    for html in site(menu).values():
        addresses = set(re.findall(r"https?://[^\s/'\"<>)]+", html))
        assert addresses <= {"http://www.w3.org", "https://schema.org"}  # of namespaces: nobody asks them for anything
        links = re.findall(r'(?:src|href)="([^"]*)"', html)
        assert all(re.match(r"#|/r/|data:image/svg", link) for link in links)


def test_a_row_says_what_the_tracker_needs(menu: Menu) -> None:
    html = site(menu)["en/index.html"]
    assert 'data-restaurant-id="ton-mamuang" data-menu-version="0"' in html
    row = re.search(r'<li class="item" id="item-som-tum"[^>]*>', html)
    assert row
    for attribute in ('item-id="som-tum"', 'section-id="starters"', 'position="2"', 'price="9000"'):
        assert f"data-{attribute}" in row.group()


def with_item(menu: Menu, id: str, **changes: object) -> Menu:
    sections = tuple(
        section.model_copy(
            update={
                "items": tuple(item.model_copy(update=changes) if item.id == id else item for item in section.items)
            }
        )
        for section in menu.sections
    )
    return menu.model_copy(update={"sections": sections})


def row(html: str, item: str, end: str = "</li>") -> str:
    began = html.index(f'id="item-{item}"')
    return html[began : html.index(end, began)]


def test_a_sold_out_dish_says_so(menu: Menu) -> None:
    html = site(menu)["en/index.html"]
    assert 'data-sold-out="1"' in row(html, "tofu")
    assert "Sold out today" in row(html, "tofu")
    assert "sold-out" not in row(html, "rolls")


def test_until_when_a_dish_is_sold_out_is_said_by_the_restaurants_clock(menu: Menu) -> None:
    until = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    html = site(with_item(menu, "tofu", sold_out_until=until))["en/index.html"]
    assert "Sold out until Fri 17:00" in row(html, "tofu")
    assert f'data-until="{int(until.timestamp() * 1000)}"' in row(html, "tofu")


def test_each_size_has_its_whole_price_and_comes_first(menu: Menu) -> None:
    choices = ({"id": "s", "name": {"en": "Glass"}}, {"id": "l", "name": {"en": "Jug"}, "price_delta_minor": 9000})
    sizes = Option.model_validate(
        {"id": "size", "name": {"en": "Size"}, "min": 1, "max": 1, "sizes": True, "choices": choices}
    )
    html = site(with_item(menu, "mango", options=(menu.sections[3].items[0].options[0], sizes)))["en/index.html"]
    words = re.sub(r"<[^>]*>", "", row(html, "mango", "<fieldset")).split("\n")
    assert any("Glass from ฿130 Jug from ฿220" in line for line in words)  # a topping that is a must may cost more
    assert row(html, "mango").index('name="mango.size"') < row(html, "mango").index('name="mango.toppings"')


@pytest.mark.parametrize(
    ("language", "servings", "words"),
    [
        ("en", [((1, 2, 3, 4, 5), 660, 900)], "Served Mon–Fri 11:00–15:00"),
        ("en", [((1, 2, 4, 7), 1080, 1500), ((6,), 600, 720)], "Served Mon–Tue, Thu, Sun 18:00–01:00, Sat 10:00–12:00"),
        ("en", [((1, 2, 3, 4, 5, 6, 7), 420, 660)], "Served 07:00–11:00"),
        ("de", [((6, 7), 600, 840)], "Erhältlich Sa–So 10:00–14:00"),
        ("th", [((1, 2), 600, 840)], "เสิร์ฟ จ.–อ. 10:00–14:00"),
    ],
)
def test_hours_of_serving_are_words(
    menu: Menu, language: str, servings: list[tuple[tuple[int, ...], int, int]], words: str
) -> None:
    times = [Serving(days=days, opens=opens, closes=closes) for days, opens, closes in servings]
    assert Speech(menu, language).served(times) == words


def test_a_row_and_a_section_say_when_they_are_served(menu: Menu) -> None:
    lunch = (Serving(days=(1, 2), opens=660, closes=900),)
    changed = with_item(menu, "rolls", served=lunch)
    html = site(
        changed.model_copy(
            update={"sections": (*changed.sections[:3], changed.sections[3].model_copy(update={"served": lunch}))}
        )
    )["en/index.html"]
    assert 'data-served="[[[1, 2], 660, 900]]"' in row(html, "rolls")
    assert "Mon\u2060–\u2060Tue 11:00" in row(html, "rolls")
    assert 'data-section-id="sweets" data-served="[[[1, 2], 660, 900]]"' in html
    assert html.count('class="served"') == 2


def test_a_photo_comes_in_all_its_widths_and_has_its_place_before_it_is_there(menu: Menu) -> None:
    photo = Photo(id="0123456789abcdef", width=900, height=600, alt={"en": 'Five "skewers" & a leaf'})
    html = row(site(with_item(menu, "satay", photo=photo))["en/index.html"], "satay")
    small, large = re.findall(r"<img[^>]*>", html)
    assert 'src="/r/ton-mamuang/photos/0123456789abcdef-320.webp" width="96" height="96" loading="lazy"' in small
    assert 'alt=""' in small  # beside its name
    assert "0123456789abcdef-900.webp 900w" in large
    assert 'width="900" height="600"' in large
    assert 'alt="Five &#34;skewers&#34; &amp; a leaf"' in large


def test_a_page_names_whole_addresses_only_where_the_site_has_one(menu: Menu) -> None:
    photo = Photo(id="0123456789abcdef", width=900, height=600)
    html = site(with_item(menu, "satay", photo=photo), "https://menu.example/")["en/index.html"]
    head = html[: html.index("<style>")]
    house = "https://menu.example/r/ton-mamuang/"
    assert f'<link rel="canonical" href="{house}en/">' in head
    assert dict(re.findall(r'hreflang="([^"]*)" href="([^"]*)"', head)) == {
        "th": house,
        "en": f"{house}en/",
        "ar": f"{house}ar/",
        "x-default": house,
    }
    properties = dict(re.findall(r'<meta property="([^"]*)" content="([^"]*)"', head))
    assert properties["og:url"] == f"{house}en/"
    assert properties["og:image"] == f"{house}photos/0123456789abcdef-900.webp"
    assert properties["og:title"] == "Ton Mamuang · Central Thai kitchen"
    assert properties["og:description"].endswith("Soi Ari 4, Bangkok · Starters · Curries · Drinks · Sweets")
    assert properties["og:locale"] == "en"
    without = site(menu)["en/index.html"]
    assert 'rel="canonical"' not in without
    assert "og:image" not in without
    assert "og:title" in without


def test_what_a_page_says_machines_can_read_too(menu: Menu) -> None:
    wild = with_item(menu, "rolls", name={"en": "</script><b>Rolls"})
    house, *sections = (
        json.loads(text)
        for text in re.findall(
            r'<script type="application/ld\+json">(.*?)</script>', site(wild)["en/index.html"], re.DOTALL
        )
    )
    assert house["@type"] == "Restaurant"
    assert [part["@id"] for part in house["hasMenu"]["hasMenuSection"]] == [part["@id"] for part in sections]
    items = {item["identifier"]: item for part in sections for item in part["hasMenuItem"]}
    assert len(items) == len(menu.placed)
    assert items["rolls"]["name"] == [{"@language": "en", "@value": "</script><b>Rolls"}]
    assert items["tofu"]["offers"]["availability"] == "https://schema.org/SoldOut"


def test_the_menu_can_be_had_as_data_without_what_is_private(menu: Menu) -> None:
    told = Menu.model_validate_json(site(menu)["menu.json"])
    assert [item.name for _, _, item in told.placed] == [item.name for _, _, item in menu.placed]
    assert all(item.food_cost_minor is None and not item.notes for _, _, item in told.placed)


@pytest.mark.parametrize("language", WORDS)
def test_allergens_are_words(menu: Menu, language: str) -> None:
    speech = Speech(menu, language)
    assert set(speech.words["allergens"]) == set(Allergen)
    assert all(speech.words["allergens"].values())


def test_undeclared_allergens_are_not_none_of_them(menu: Menu) -> None:
    html = site(menu)["en/index.html"]
    undeclared = html[html.index('id="item-curry-1"') : html.index('id="item-curry-2"')]
    declared = html[html.index('id="item-rolls"') : html.index('id="item-curry-1"')]
    assert "Allergens are not stated" in undeclared
    assert "data-allergens" not in undeclared
    assert "None of the 14" in declared
    assert 'data-allergens=""' in declared


def test_every_language_has_every_word() -> None:
    for words in WORDS.values():
        assert words.keys() == WORDS["en"].keys()
        for name, word in words.items():
            if isinstance(word, str):
                assert set(re.findall(r"{\w+}", word)) == set(re.findall(r"{\w+}", WORDS["en"][name]))


@pytest.mark.parametrize(
    ("language", "currency", "minor", "shown"),
    [
        ("th", "THB", 12000, "฿120"),
        ("en", "THB", 12000, "฿120"),
        ("en", "EUR", 12000, "€120"),
        ("de", "EUR", 123450, "1.234,50\xa0€"),
        ("en", "JPY", 1200, "¥1,200"),
        ("en", "KWD", 1250, "KWD\xa01.250"),
        ("pt-BR", "BRL", 500, "R$\xa05"),
        ("xx", "EUR", 500, "€5"),
    ],
)
def test_money_is_written_as_the_language_writes_it(
    menu: Menu, language: str, currency: str, minor: int, shown: str
) -> None:
    section = menu.sections[0]
    one = menu.model_copy(
        update={
            "sections": (
                section.model_copy(update={"items": (section.items[3].model_copy(update={"price_minor": minor}),)}),
            )
        }
    )
    house = "th" if currency == "THB" else language
    assert Speech(changed(one, currency=currency, languages=(house, language)), language).money(minor) == shown


@pytest.mark.parametrize(
    ("language", "minor", "shown"),
    [("en", 9000, "+฿90"), ("th", -500, "−฿5"), ("ar", 9000, "\u200f+90\xa0฿"), ("en", 0, "")],
)
def test_a_difference_in_price_has_its_sign(menu: Menu, language: str, minor: int, shown: str) -> None:
    assert Speech(menu, language).delta(minor) == shown


def test_what_a_language_lacks_is_said_in_the_houses_own(menu: Menu) -> None:
    assert Speech(changed(menu, languages=("en", "th", "de")), "de").name({"th": "ต้มยำ", "en": "Tom yum"}) == "Tom yum"


def test_a_currencys_sign_may_come_from_another_language_of_the_house(menu: Menu) -> None:
    assert Speech(changed(menu, languages=("en", "th")), "en").money(9000) == "฿90"


def test_words_of_another_language_say_which_it_is(menu: Menu) -> None:
    assert '<span lang="th">ไก่สะเต๊ะ</span>' in site(menu)["ar/index.html"]


def test_a_price_with_a_required_choice_starts_at_the_cheapest(menu: Menu) -> None:
    html = site(menu)["en/index.html"]
    satay = html[html.index('id="item-satay"') : html.index('id="item-som-tum"')]
    assert re.search(r'<span class="from">from </span><span class="cur">฿</span>120', satay)


def test_opening_hours_are_told_by_days_alike(menu: Menu) -> None:
    assert Speech(menu, "en").hours() == [("Mon – Fri", "11:00–22:00"), ("Sat – Sun", "10:00–01:00")]


def test_a_house_that_never_closes_says_so_and_no_hours(menu: Menu) -> None:
    day = (Opening(opens=0, closes=24 * 60),)
    round_the_clock = menu.model_copy(
        update={"restaurant": menu.restaurant.model_copy(update={"hours": (day,) * 6 + ((),)})}
    )
    assert Speech(round_the_clock, "de").hours() == [("Mo – Sa", "rund um die Uhr"), ("So", "geschlossen")]


def test_a_menu_without_sections_says_so(menu: Menu) -> None:
    html = site(menu.model_copy(update={"sections": ()}))["en/index.html"]
    assert "This menu is being written." in html


def test_a_language_without_words_of_ours_keeps_its_own_dishes(menu: Menu) -> None:
    html = site(changed(menu, languages=("th", "fr")))["fr/index.html"]
    assert '<html lang="fr"' in html
    assert "Place order" in html


def test_the_policy_names_every_script_and_no_other(menu: Menu) -> None:
    html = site(menu)["index.html"]
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    assert policy.group(1).count("sha256-") == 1 + len(re.findall(r"<script>", html))
    assert "unsafe" not in policy.group(1)
    assert not re.search(r'\sstyle="|\son\w+="', html)


wild = st.text(min_size=1, max_size=60).filter(lambda text: text.strip())


@settings(max_examples=30, deadline=None)
@given(name=wild, description=wild)
def test_whatever_a_restaurant_writes_is_text(name: str, description: str) -> None:
    menu = Menu.model_validate(
        {
            "restaurant": {"id": "r", "name": {"en": name}, "cuisine": {"en": description}, "area": "a"}
            | {"time_zone": "UTC", "currency": "EUR", "languages": ["en"]},
            "sections": [
                {"id": "s", "name": {"en": name}, "items": [{"id": "i", "name": {"en": name}, "price_minor": 1}]}
            ],
        },
        context=KEPT,
    )
    plain = site(menu.model_copy(update={"restaurant": menu.restaurant.model_copy(update={"name": {"en": "x"}})}))
    html = site(menu)["index.html"]
    assert html.count("<script") == plain["index.html"].count("<script")
    assert len(re.findall(r"<[a-z]+", html)) == len(re.findall(r"<[a-z]+", plain["index.html"]))


def test_the_data_in_a_page_can_be_read_back(menu: Menu) -> None:
    html = site(menu)["en/index.html"]
    block = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', html, re.DOTALL)
    assert block
    data = json.loads(block.group(1))
    assert data["currency"] == "THB"
    assert data["money"] == ["฿", ""]


def test_no_menu_of_the_demo_sends_more_than_a_page_may_weigh() -> None:
    largest = max((menu for menu, _ in invent_menus(12)), key=lambda menu: len(menu.placed))
    pages = [text for path, text in site(largest, "https://menu.example").items() if path.endswith(".html")]
    assert max(len(gzip.compress(page.encode())) for page in pages) <= 60_000


def test_the_front_page_lists_restaurants_by_area(menu: Menu, monday: datetime) -> None:
    other = changed(menu, id="aaa", name={"en": "Zum <Anker>"}, area="Aarhus", languages=("en",)).restaurant
    html = index([menu.restaurant, other])
    assert html.index("/r/aaa/") < html.index("/r/ton-mamuang/")
    assert "Zum &lt;Anker&gt;" in html
