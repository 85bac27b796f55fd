"""Photos as they come from cameras, and what else may be called one."""

import io
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from dashboard.menus.photos import read_photo
from errors import MenuError


def photo(width: int, height: int, form: str = "JPEG", mode: str = "RGB", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), "tomato" if mode != "CMYK" else (0, 200, 200, 0)).save(out, form, **more)
    return out.getvalue()


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "Camera of Ada"
    tags.get_ifd(0x8825)[1] = "N"
    return tags


def seen(raw: bytes) -> Image.Image:
    return Image.open(io.BytesIO(raw))


@pytest.mark.parametrize(
    ("width", "height", "widths"),
    [(4000, 3000, (320, 640, 1280)), (1000, 500, (320, 640, 1000)), (640, 640, (320, 640)), (90, 60, (90,))],
)
def test_a_photo_is_kept_in_a_few_widths_and_never_made_larger(
    width: int, height: int, widths: tuple[int, ...]
) -> None:
    kept, files = read_photo(photo(width, height))
    assert kept.widths == tuple(files) == widths
    assert (kept.width, kept.height) == (widths[-1], widths[-1] * height // width)
    for each, raw in files.items():
        assert (seen(raw).format, seen(raw).size) == ("WEBP", (each, each * height // width))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_photo_stands_upright_and_tells_nothing_of_who_took_it(form: str) -> None:
    raw = photo(3000, 1500, form, exif=exif(6))
    kept, files = read_photo(raw)
    assert (kept.width, kept.height) == (1280, 2560)
    for file in files.values():
        assert not {"exif", "icc_profile", "xmp"} & seen(file).info.keys()
        assert b"Ada" not in file
    assert read_photo(raw) == (kept, files)


def test_colors_are_those_that_screens_assume() -> None:
    for mode, color in (("CMYK", (255, 55, 55)), ("L", (128, 128, 128))):
        out = io.BytesIO()
        Image.new(mode, (50, 50), (0, 200, 200, 0) if mode == "CMYK" else 128).save(out, "JPEG")
        pixel = seen(read_photo(out.getvalue())[1][50]).convert("RGB").getpixel((20, 20))
        assert isinstance(pixel, tuple)
        assert all(abs(one - other) < 12 for one, other in zip(pixel, color, strict=True))


def test_what_is_clear_stays_clear() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (60, 60), (255, 0, 0, 0)).save(out, "PNG")
    assert seen(read_photo(out.getvalue())[1][60]).mode == "RGBA"


def large() -> bytes:
    """61 million pixels in a few kilobytes."""
    return photo(8_000, 7_700, "PNG", "1")


def text_bomb() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("comment", "x" * 80_000_000, zip=True)
    return photo(10, 10, "PNG", pnginfo=notes)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "no photo that can be read"),
        (b"<svg onload='alert(1)'/>", "no photo that can be read"),
        (b"x" * 20_000_001, "has 20 MB; 20 MB are the most"),
        (photo(2000, 1500)[:3000], "broken: it can't be read to its end"),
        (photo(80, 60, "AVIF").replace(b"pitm", b"free"), "broken: it can't be read to its end"),
        (photo(900, 100), "too thin"),
        (large(), "more than 60 million pixels"),
        (text_bomb(), "photo is broken"),
    ],
    ids=["nothing", "svg", "heavy", "cut", "no item", "thin", "large", "bomb"],
)
def test_what_is_no_photo_or_too_much_of_one_is_refused_in_words(raw: bytes, words: str) -> None:
    with pytest.raises(MenuError, match=words):
        read_photo(raw)
