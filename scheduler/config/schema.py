"""What may stand in the files: one class a file and a part of it, strict in its types, closed to unknown keys.

Descriptions and examples serve twice: in the JSON Schema for editors, and in the advice about a missing key.
"""

from typing import Annotated, Any, Literal

from dateutil.relativedelta import relativedelta
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
)

from scheduler.config import due_schema, values
from scheduler.config.kinds import (
    About,
    Clock,
    Code,
    Day,
    Distance,
    Email,
    Emails,
    Header,
    Id,
    Issued,
    Length,
    Line,
    MaybeDay,
    Port,
    Prose,
    Rung,
    SomeUnits,
    Stretch,
    UnitId,
    Units,
    Web,
    after_deadline,
    not_null,
    one_year,
    rungs,
    some,
)
from scheduler.translation import text


class Entry(BaseModel):
    """A group of keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class LadderEntry(Entry):
    """`reminders:`; what is left out is taken from nhachan.yaml, or from the defaults."""

    at: Annotated[Clock, About(text("when mails go out, local time"))] = None
    before: Annotated[list[Distance], AfterValidator(rungs), About(text("days before the send-by day"))] = []
    overdue: Annotated[list[Distance], AfterValidator(after_deadline), About(text("days after the last day"))] = []
    escalate: Annotated[
        list[Rung] | None, BeforeValidator(not_null), About(text("rungs on which the lead is copied"))
    ] = None


class MailEntry(Entry):
    """`mail:`, the server through which mails leave."""

    from_: Annotated[Line, Field(alias="from"), About(text("the sender"), '"Phòng Nội vụ <noivu@example.vn>"')]
    host: Annotated[Line, About(text("the mail server"), "mail.example.vn")]
    reply_to: Annotated[Email, About(text("where answers go"))] = ""
    port: Annotated[Port | None, BeforeValidator(not_null), About(text("the server's port"))] = None
    security: Annotated[
        Literal["starttls", "tls", "none"] | None,
        BeforeValidator(not_null),
        About(text("how the connection is protected")),
    ] = None
    username: Annotated[Code, About(text("the account at the mail server"))] = ""
    password_file: Annotated[Line, About(text("the file that holds the password"))] = ""
    ca_file: Annotated[Line, About(text("certificates of an authority of your own"))] = ""


class WebEntry(Entry):
    """`web:`, where the built-in server listens."""

    host: Annotated[Line, About(text("the address it listens on"))] = "127.0.0.1"
    port: Annotated[Port, About(text("the port it listens on"))] = 8080
    user_header: Annotated[
        Header, About(text("the header in which a proxy on this machine names the administrator"), "X-Remote-User")
    ] = ""


class FeedsEntry(Entry):
    """`feeds:`."""

    public: Annotated[bool, About(text("whether the feeds of all plans are open to everybody"))] = False
    links: Annotated[bool, About(text("whether another web server finds the feeds at their secret links"))] = False
    past: Annotated[Length, About(text("how far back the feeds of units go"))] = relativedelta(years=2)


class SendingEntry(Entry):
    """`sending:`, how quickly mails leave, and how many at once ask for a person's word."""

    per_minute: Annotated[int, Field(ge=0, le=10_000), About(text("mails a minute at most; 0 is no limit"))] = 0
    brake: Annotated[int, Field(ge=0, le=1_000_000), About(text("more mails at once are held; 0 is no brake"))] = 0


class RetentionEntry(Entry):
    """`retention:`, how long is kept what happened."""

    ledger: Annotated[Length, About(text("how long mails are on record"))] = relativedelta(years=5)
    audit: Annotated[Length, About(text("how long it is on record who changed what"))] = relativedelta(years=5)


class SettingsFile(Entry):
    """nhachan.yaml."""

    name: Annotated[Line, About(text("the name shown on feeds, mails and pages"))] = "nhachan"
    public_url: Annotated[Web, About(text("where people reach the pages"), "https://lich.example.vn")] = ""
    timezone: Annotated[Line, About(text("the time zone of the office"))] = "Asia/Ho_Chi_Minh"
    language: Annotated[Literal["vi", "en"], About(text("the language of feeds, mails and pages"))] = "vi"
    before_means: Annotated[Literal["exclusive", "inclusive"], About(text("how “trước ngày X” is read"))] = "exclusive"
    days_off: Annotated[
        Literal["earlier", "keep", "later"], About(text("what becomes of a last day that is no working day"))
    ] = "earlier"
    horizon: Annotated[Length, About(text("how far ahead plans without an end are calculated"))] = relativedelta(
        months=18
    )
    reminders: Annotated[LadderEntry, About(text("when units are reminded"))] = LadderEntry()
    mail: Annotated[MailEntry | None, BeforeValidator(not_null), About(text("the mail server"))] = None
    sending: Annotated[SendingEntry, About(text("how mails leave"))] = SendingEntry()
    retention: Annotated[RetentionEntry, About(text("how long records are kept"))] = RetentionEntry()
    database: Annotated[Line, About(text("where the state is kept"))] = "sqlite"
    calendars: Annotated[Line, About(text("the folder of the feeds"))] = "../calendars"
    web: Annotated[WebEntry, About(text("the built-in web server"))] = WebEntry()
    feeds: Annotated[FeedsEntry, About(text("what the feeds hold, and for whom"))] = FeedsEntry()
    uid_domain: Annotated[Line, AfterValidator(values.domain), About(text("the domain in the events' ids"))] = ""
    admins: Annotated[Emails, About(text("the administrators' addresses"))] = []


class UnitEntry(Entry):
    """One unit under `units:`."""

    name: Annotated[Line, About(text("the unit's name"), "Phòng Nội vụ huyện Tuần Giáo")]
    email: Annotated[Emails, About(text("its addresses"))] = []
    lead: Annotated[Email, About(text("the address of its lead"))] = ""
    parent: Annotated[UnitId, About(text("the unit above it"))] = ""
    since: Annotated[MaybeDay, About(text("the first day it exists"))] = None
    until: Annotated[MaybeDay, About(text("the last day it exists"))] = None
    successor: Annotated[Units, About(text("who takes over what falls due later"))] = []


class UnitsFile(Entry):
    """units/*.yaml."""

    units: Annotated[dict[Id, UnitEntry], About(text("offices that report, collect or receive"))] = {}
    groups: Annotated[dict[Id, Units], About(text("names for several units together"))] = {}


class ExtensionEntry(Entry):
    """More time for some units."""

    period: Annotated[Code, About(text("the period"), "2025-6M")]
    units: Annotated[SomeUnits, About(text("who has more time"), "[tuan-giao.noi-vu]")]
    by: Annotated[Day, About(text("the new last day"), "2025-06-25")]
    reason: Annotated[Line, About(text("the letter that grants it"))] = ""


class ObligationEntry(Entry):
    """One reporting duty."""

    id: Annotated[Id, About(text("the obligation's id"), "ket-qua")]
    title: Annotated[Line, About(text("what is reported"), "Báo cáo kết quả công tác dân vận")]
    from_: Annotated[SomeUnits, Field(alias="from"), About(text("who reports: units or groups"), "[tuan-giao.noi-vu]")]
    to: Annotated[UnitId, About(text("the unit that receives the reports"), "tuan-giao.ubnd")]
    due: Annotated[Any, WithJsonSchema(due_schema.DUE), About(text("the wording of the plan"), "trước ngày 15/5/2026")]
    via: Annotated[UnitId, About(text("the unit that gathers the reports"))] = ""
    short: Annotated[Line, About(text("a short name, for calendars and subjects of mails"))] = ""
    clause: Annotated[Code, About(text("where in the plan it stands"))] = ""
    note: Annotated[Prose, About(text("a note for those who report"))] = ""
    form: Annotated[Web, About(text("a link to the report's template"))] = ""
    collects: Annotated[Id, About(text("the obligation whose reports this one sums up"))] = ""
    years: Annotated[Stretch, About(text("years in force, where they are not the plan's"))] = None
    reminders: Annotated[LadderEntry | None, BeforeValidator(not_null), About(text("a ladder of its own"))] = None
    cutoff: Annotated[Any, WithJsonSchema(due_schema.CUTOFF), About(text("until when data are counted"))] = ""
    extensions: Annotated[list[ExtensionEntry], AfterValidator(some), About(text("more time for some units"))] = []


class PlanFile(Entry):
    """plans/<id>.yaml."""

    title: Annotated[Line, About(text("the plan's title"), "Kế hoạch công tác dân vận chính quyền năm 2026")]
    years: Annotated[Stretch, About(text("the years in which the plan is in force"), "2026")]
    obligations: Annotated[
        list[ObligationEntry], About(text("the reporting duties")), Field(json_schema_extra={"minItems": 1})
    ]
    id: Annotated[Id, About(text("the plan's id, where it is not the file's name"))] = ""
    number: Annotated[Code, About(text("the plan's number"))] = ""
    issued: Annotated[Issued, About(text("its year or date"))] = ""
    issuer: Annotated[UnitId, About(text("the unit that issued it"))] = ""


class YearEntry(Entry):
    """The working days of one year."""

    notice: Annotated[Line, About(text("the notice that ordered the days off"))] = ""
    provisional: Annotated[bool, About(text("true while no notice has ordered them"))] = False
    note: Annotated[Prose, About(text("a note"))] = ""
    off: Annotated[list[Day], About(text("days off, Monday to Friday"))] = []
    make_up: Annotated[list[Day], About(text("working days on a Saturday or Sunday"))] = []


class WorkdaysFile(Entry):
    """workdays/*.yaml."""

    years: Annotated[
        dict[Annotated[int, PlainValidator(one_year), WithJsonSchema({"type": "string"})], YearEntry],
        About(text("the working days of each year"), "{2026: {notice: …, off: […]}}"),
    ]


FILES: dict[str, type[Entry]] = {
    "nhachan.yaml": SettingsFile,
    "units": UnitsFile,
    "plan": PlanFile,
    "workdays": WorkdaysFile,
}
"""The class of each sort of file."""
