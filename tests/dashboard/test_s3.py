"""What a bucket is told besides: a page's own policy, of which CloudFront makes a header."""

import base64
import hashlib
from pathlib import Path
from typing import Any

from dashboard.s3 import S3Blobs
from ingest_stack import menu_site

PAGE = b"<!doctype html><script>go()</script><script type='application/ld+json'>{}</script><p>Soup</p>"


def test_a_page_is_kept_with_the_policy_under_which_the_laptop_shows_it(s3: Any, bucket: str, home: Path) -> None:
    (home / "index.html").write_bytes(PAGE)
    shown = menu_site.find(home, "/")
    S3Blobs(bucket).put("site/index.html", PAGE)
    name = bucket.split("/")[2]
    kept = s3.get_object(Bucket=name, Key="group/site/index.html")["Metadata"]
    assert shown is not None
    assert kept == {"content-security-policy": dict(shown.headers)["content-security-policy"]}
    own = base64.b64encode(hashlib.sha256(b"go()").digest()).decode()
    assert f"script-src 'self' 'sha256-{own}';" in kept["content-security-policy"], "what is no script needs no digest"
    S3Blobs(bucket).put("site/menu.json", b"{}")
    assert s3.get_object(Bucket=name, Key="group/site/menu.json")["Metadata"] == {}
