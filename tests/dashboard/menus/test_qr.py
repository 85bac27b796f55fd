"""Codes on tables: they lead to the menu of their restaurant, say their table, and can be read small."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from dashboard.access import Scope
from dashboard.menus import fonts
from dashboard.menus.fonts import fonts_for
from dashboard.menus.model import Menu
from dashboard.menus.qr import address, png, reached_from, svg, tables
from dashboard.menus.store import open_store
from dashboard.menus.tents import Form, Paper, files, tents, zipped
from errors import MenuError
from ingest_stack.lake import Lake

Run = Callable[..., tuple[int, str, str]]
SITE = "https://menu.example"
TWO_CM = round(2 / 2.54 * 300)  # pixels, at 300 dots an inch


def read(image: Image.Image) -> list[str]:
    return sorted(found.text for found in zxingcpp.read_barcodes(image))


def pages(pdf: bytes) -> list[Image.Image]:
    return [page.render(scale=300 / 72).to_pil() for page in pypdfium2.PdfDocument(pdf)]


def printed_text(pdf: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def drawn(picture: bytes) -> Image.Image:
    """An SVG of ours, one pixel a module: its last path is horizontal strokes, "M4 4.5h7m1 0h1…"."""
    root = ElementTree.fromstring(picture)
    side = int(root.attrib["viewBox"].split()[2])
    image, x, y = Image.new("L", (side, side), 255), 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", root.findall("{*}path")[-1].attrib["d"]):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if command == "h":
            image.paste(0, (int(x), int(y), int(x + values[0]), int(y) + 1))
            x += values[0]
        else:
            x, y = (values[0], values[1]) if command == "M" else (x + values[0], y + values[1])
    return image


@pytest.mark.parametrize("id", ["bistro", "a" * 64], ids=len)
@pytest.mark.parametrize("table", ["1", "Terrace 3", "โต๊ะริมน้ำ", "a/b?c&d"])
def test_a_code_of_two_centimetres_can_be_read(id: str, table: str) -> None:
    link = address(SITE, id, table)
    small = Image.open(io.BytesIO(png(link))).convert("L").resize((TWO_CM, TWO_CM), Image.Resampling.LANCZOS)
    assert read(small) == [link]
    assert read(drawn(svg(link)).resize((TWO_CM, TWO_CM), Image.Resampling.NEAREST)) == [link]


def test_a_code_says_restaurant_and_table() -> None:
    assert address("https://menu.example/", "bistro", "Terrace 3") == "https://menu.example/r/bistro/?table=Terrace%203"
    for wrong in ("menu.example", "ftp://menu.example", ""):
        with pytest.raises(MenuError, match="is no web address"):
            address(wrong, "bistro", "1")


def test_tables_are_named_one_by_one_or_from_to(menu: Menu) -> None:
    house = menu.restaurant.model_copy(update={"tables": 3})
    assert tables(None, house) == ["1", "2", "3"]
    assert tables("1-3, 2, 7–8, Terrace 3,", house) == ["1", "2", "3", "7", "8", "Terrace 3"]
    with pytest.raises(MenuError, match="doesn't say how many tables it has"):
        tables(None, house.model_copy(update={"tables": 0}))
    for text, why in (("9-2", "run backwards"), ("1-99999", "1 to 1,000 tables"), ("", "1 to 1,000"), ("x" * 65, "64")):
        with pytest.raises(MenuError, match=why):
            tables(text, house)


@pytest.mark.parametrize(("paper", "size"), [("a4", (2480, 3508)), ("letter", (2550, 3300))])
def test_each_tent_can_be_scanned_from_both_sides(menu: Menu, paper: Paper, size: tuple[int, int]) -> None:
    ids = ["1", "2", "Terrace 3"]
    sheets = pages(tents(menu.restaurant, ids, SITE, paper))
    assert [max(abs(a - b) for a, b in zip(sheet.size, size, strict=True)) <= 1 for sheet in sheets] == [True, True]
    links = [address(SITE, menu.restaurant.id, table) for table in ids]
    assert [read(sheet) for sheet in sheets] == [sorted(links[:2] * 2), [links[2]] * 2]


def test_a_code_on_a_tent_can_be_read_at_two_centimetres_too(menu: Menu) -> None:
    sheet = pages(tents(menu.restaurant, ["12"], SITE))[0]
    shrunk = sheet.resize([round(side * 20 / 60) for side in sheet.size], Image.Resampling.LANCZOS)
    assert read(shrunk) == [address(SITE, menu.restaurant.id, "12")] * 2


def test_a_tent_says_name_and_table_in_the_houses_languages(menu: Menu) -> None:
    text = printed_text(tents(menu.restaurant, ["12"], SITE))
    assert "Scan for the menu" in text
    assert "12" in text
    assert "menu.example/r/ton-mamuang" in text
    arabic = menu.restaurant.model_copy(update={"languages": ("ar", "en", "de", "pt", "th"), "name": {"ar": "دالية"}})
    assert "Für die Karte scannen" in printed_text(tents(arabic, ["7"], SITE))


def test_a_long_name_stays_on_its_card(menu: Menu) -> None:
    for name in ("Lum Lum Som Tum Yum Zab Ver (pandakitchen - Onnut)", "ร้าน" * 35, "W" * 140):
        assert len(read(pages(tents(menu.restaurant.model_copy(update={"name": {"th": name}}), ["1"], SITE))[0])) == 2


def test_fonts_have_every_letter_or_say_which_they_lack(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [regular.name for regular, _ in fonts_for(["Café Łódź Ωμέγα Борщ", "ต้นมะม่วง", "مطعم"])] == [
        "NotoSans-Regular.ttf",
        "NotoSansThai-Regular.ttf",
        "NotoSansArabic-Regular.ttf",
    ]
    monkeypatch.setattr(fonts, "MACHINES", ())
    with pytest.raises(MenuError, match=r"No font on this machine can write “寿” \(U\+5BFF\)"):
        fonts_for(["Café 寿"])


def test_a_font_of_the_machine_stands_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, menu: Menu) -> None:
    """Any font will do here: Thai is taken from one that lies where the machine's lie."""
    for weight in ("Regular", "Bold"):
        (tmp_path / f"Other-{weight}.ttf").write_bytes((fonts.FOLDER / f"NotoSansThai-{weight}.ttf").read_bytes())
    monkeypatch.setattr(fonts, "MACHINES", (tmp_path,))
    monkeypatch.setattr(fonts, "OURS", ("NotoSans", "NotoSansArabic"))
    assert fonts_for(["โต๊ะ"])[-1] == (tmp_path / "Other-Regular.ttf", tmp_path / "Other-Bold.ttf")
    assert len(read(pages(tents(menu.restaurant, ["1"], SITE))[0])) == 2


@pytest.fixture
def qr(command: Run, home: Path, menu: Menu, monday: datetime) -> Run:
    house = menu.restaurant.model_copy(update={"tables": 2})
    store = open_store(home, Lake(home / "lake"), Scope.everything())
    store.save_draft(menu.model_copy(update={"restaurant": house}), None, monday)

    return partial(command, "menus", "qr", house.id, "--site-url", SITE)


def test_codes_are_files(qr: Run, tmp_path: Path, menu: Menu) -> None:
    assert qr("-o", str(tmp_path / "tents.pdf"), "--paper", "letter")[0] == 0
    assert len(read(pages((tmp_path / "tents.pdf").read_bytes())[0])) == 4
    code, out, _ = qr("-o", str(tmp_path / "codes"), "--format", "png", "--tables", "7,a/b")
    assert (code, out.splitlines()) == (0, [f"2 files in {tmp_path / 'codes'}."])
    assert sorted(path.name for path in (tmp_path / "codes").iterdir()) == ["table-7.png", "table-a%2Fb.png"]
    assert read(Image.open(tmp_path / "codes" / "table-7.png")) == [address(SITE, menu.restaurant.id, "7")]
    code, _, err = qr("-o", str(tmp_path / "codes"))
    assert code == 1
    assert "Is a directory" in err
    code, _, err = qr("-o", str(tmp_path / "codes"), "--format", "svg", "--site-url", "http://localhost:8801")
    assert code == 0
    assert "only this machine reaches" in err


@pytest.mark.parametrize(
    ("site", "whence"),
    [
        ("https://menu.example", "everywhere"),
        ("https://93.184.215.14/menus", "everywhere"),
        ("http://192.168.1.20:8801", "this network"),
        ("http://kitchen:8801", "this network"),
        ("http://kitchen.local", "this network"),
        ("http://[fe80::1]:8801", "this network"),
        ("http://127.0.0.1:8801", "this machine"),
        ("http://localhost:8801", "this machine"),
        ("http://[::1]:8801", "this machine"),
        ("http://0.0.0.0:8801", "this machine"),
    ],
)
def test_who_reaches_an_address_is_known(site: str, whence: str) -> None:
    assert reached_from(site) == whence


@pytest.mark.parametrize("form", ["svg", "png"])
def test_all_codes_come_in_one_file_and_each_leads_to_its_table(menu: Menu, form: Form) -> None:
    house, wanted = menu.restaurant, ["1", "2", "Terrace 3", "ห้อง ๔"]
    pack = zipped(files(house, wanted, SITE, form, "a4"))
    assert pack == zipped(files(house, wanted, SITE, form, "a4"))
    with zipfile.ZipFile(io.BytesIO(pack)) as held:
        assert sorted(held.namelist()) == sorted(f"table-{table}.{form}" for table in wanted)
        for table in wanted:
            body = held.read(f"table-{table}.{form}")
            picture = (
                drawn(body).resize((TWO_CM, TWO_CM), Image.Resampling.NEAREST)
                if form == "svg"
                else Image.open(io.BytesIO(body))
            )
            assert read(picture) == [address(SITE, house.id, table)]
