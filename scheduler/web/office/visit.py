"""One visit of an administrator's to a page of the office's: what each page is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import HTMLResponse, RedirectResponse

from scheduler.web.entrance import Administrator
from scheduler.web.render import page, prefix
from scheduler.web.site import Site


@dataclass(frozen=True)
class Visit:
    """Who asks for what: `params` are the parts of the path, `query` what stands after ?, `form` what was sent."""

    site: Site
    admin: Administrator
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def office(self) -> str:
        """The path of the office's pages."""
        return f"{prefix(self.site)}/office"

    def page(self, template: str, here: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page of the office's. `here` names its place in the row of links at the top."""
        return page(self.site, template, status, admin=self.admin, office=self.office, here=here, **values)

    def back(self, place: str = "") -> RedirectResponse:
        """After a form: on to a page of the office's, so that loading it again sends nothing twice."""
        return RedirectResponse(f"{self.office}{place}", 303)
