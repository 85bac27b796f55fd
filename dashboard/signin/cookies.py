"""What browsers keep for us: no script reads it, and no other site's form or frame sends it."""

from starlette.responses import Response


class Cookies:
    """Their names, and how they are set. Behind TLS the names bind them to this very host and to https."""

    def __init__(self, address: str) -> None:
        self._secure = address.startswith("https://")
        prefix = "__Host-" if self._secure else ""
        self.session, self.form, self.device = (f"{prefix}menulens{part}" for part in ("", "-form", "-device"))

    def keep(self, response: Response, name: str, value: str, seconds: int | None = None) -> None:
        """Have the browser keep it for so long; None: until it is closed."""
        response.set_cookie(name, value, seconds, path="/", secure=self._secure, httponly=True, samesite="lax")

    def drop(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self._secure, httponly=True, samesite="lax")
