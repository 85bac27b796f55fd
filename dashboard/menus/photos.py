"""A file from a camera → the photo that a menu shows: small, upright, and nothing in it but the picture. Pure."""

import hashlib
import io
import struct
import warnings

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from dashboard.menus.model import WIDTHS, Photo
from errors import MenuError

MOST_BYTES = 20_000_000
MOST_PIXELS = 60_000_000
LONGEST = 8  # times as long as it is wide: what is thinner shows nothing on a phone, and WebP can't hold it
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
QUALITY = 80
# What decoders say to a file that ends early, or lies.
BROKEN = (OSError, ValueError, SyntaxError, MemoryError, RuntimeError, TypeError, EOFError, struct.error)
ORIENTATION, LYING = 0x0112, (5, 6, 7, 8)  # Exif's tag, and what it says of a camera held on its side


def read_photo(raw: bytes) -> tuple[Photo, dict[int, bytes]]:
    """The photo, and its WebP in each of `Photo.widths`. Raises MenuError for what is no photo or too large."""
    if len(raw) > MOST_BYTES:
        raise MenuError(
            f"This photo has {len(raw) / 10**6:,.0f} MB; {MOST_BYTES // 10**6} MB are the most that is read."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # what is too large is refused below
            picture = Image.open(io.BytesIO(raw), formats=FORMATS)
        width, height = picture.size
        if width * height > MOST_PIXELS:
            raise Image.DecompressionBombError
        if max(width, height) > LONGEST * min(width, height):
            raise MenuError(f"This photo is {width:,} pixels wide and {height:,} high: that is too thin to be shown.")
        widest = min(WIDTHS[-1], height if picture.getexif().get(ORIENTATION) in LYING else width)
        upright = _upright(picture)
    except Image.DecompressionBombError:
        raise MenuError(f"This photo has more than {MOST_PIXELS // 10**6} million pixels: make it smaller.") from None
    except UnidentifiedImageError:
        raise MenuError("This is no photo that can be read.", "Save it as JPEG, PNG or WebP.") from None
    except BROKEN:
        raise MenuError("This photo is broken: it can't be read to its end.", "Save it again.") from None
    photo = Photo(id=hashlib.sha256(raw).hexdigest()[:16], width=widest, height=_high(upright, widest))
    return photo, {width: _webp(upright, width) for width in photo.widths}


def _upright(picture: Image.Image) -> Image.Image:
    """The pixels alone, turned as the camera was held, in the colors that screens assume."""
    profile = picture.info.get("icc_profile")
    picture.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))
    picture.load()
    turned = ImageOps.exif_transpose(picture)
    flat = turned.convert("RGBA" if turned.has_transparency_data else "RGB")
    if profile and turned.mode in ("RGB", "RGBA"):
        try:
            theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            ImageCms.profileToProfile(flat, theirs, ImageCms.createProfile("sRGB"), inPlace=True)
        except (ImageCms.PyCMSError, OSError):
            pass  # a profile that can't be read: the colors are taken as they are
    return flat


def _high(picture: Image.Image, width: int) -> int:
    return max(1, round(picture.height * width / picture.width))


def _webp(picture: Image.Image, width: int) -> bytes:
    small = picture.resize((width, _high(picture, width)), Image.Resampling.LANCZOS, reducing_gap=3)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=QUALITY, method=4, icc_profile=None, exif=b"", xmp=b"")
    return out.getvalue()
