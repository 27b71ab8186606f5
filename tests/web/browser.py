"""A browser for tests: httpx straight into the ASGI application, without redirects or a network; one cookie at most."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.types import ASGIApp


class Browser:
    """Asks an application as from an address, with a cookie where it has one."""

    def __init__(self, app: ASGIApp, base: str, address: str, cookie: str = "") -> None:
        self._cookie = {"Cookie": cookie} if cookie else {}
        self.app = app
        self._transport = httpx.ASGITransport(app, client=(address, 50000))
        self._base = base

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, content: bytes | None = None
    ) -> httpx.Response:
        """One answer; `extensions["raw"]` is its body as it travelled."""
        return asyncio.run(self._request(method, url, self._cookie | dict(headers or {}), content))

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str] | None, content: bytes | None
    ) -> httpx.Response:
        async with (
            httpx.AsyncClient(transport=self._transport, base_url=self._base) as client,
            client.stream(method, url, headers=headers, content=content) as answer,
        ):
            raw = b"".join([part async for part in answer.aiter_raw()])
            return httpx.Response(
                answer.status_code, headers=answer.headers, content=raw, request=answer.request, extensions={"raw": raw}
            )

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """GET."""
        return self.request("GET", url, headers)

    def head(self, url: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """HEAD."""
        return self.request("HEAD", url, headers)

    def post(self, url: str, form: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> httpx.Response:
        """A form, as a browser sends it."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.request("POST", url, kind | dict(headers or {}), urlencode(form).encode())
