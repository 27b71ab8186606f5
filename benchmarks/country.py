"""The national model, a configuration as large as the country: `python -m benchmarks.country DIR [--times N]`.

34 provinces with 3,321 communes and 19 departments each, six regions, 14 central offices: 4,021 units. 60 plans, one of
each province, three of each region, eight of the whole country. At the end of 2026 the feeds show some 2,000 deadlines,
about 240 of them in that of a commune; the Ministry of Home Affairs waits for more than 3,900 units in five plans.
Nothing in it is random: the same call writes the same bytes. The words of the plans are in `benchmarks/plans`.
"""

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path
from string import Template

from benchmarks.country_words import CENTRAL, DEPARTMENTS, FIRST, REGIONS, SECOND
from scheduler.config.values import slug

ROOT = Path(__file__).parents[1]
SETTINGS = """\
name: Lịch báo cáo cả nước
public_url: http://127.0.0.1:8080
web: {host: 127.0.0.1, port: 8080}
calendars: ../calendars
admins: [quantri@nhachan.example]
"""
WEEKLY = (
    "trước 15 giờ thứ Sáu hằng tuần",
    "chậm nhất ngày thứ Năm mỗi tuần",
    '{before: {rrule: FREQ=WEEKLY;BYDAY=FR, time: "16:00"}}',
)
STEP = 19  # from one name to the next; it has no factor in common with how many there are, so none comes twice


def _plans(kind: str) -> dict[str, Template]:
    """The plans in a folder beside this file, by their names; what begins with `$` is filled in."""
    files = sorted((Path(__file__).parent / "plans" / kind).glob("*.yaml"))
    return {file.stem: Template(file.read_text("utf-8")) for file in files}


PROVINCIAL, REGIONAL, NATIONAL = _plans("province"), _plans("region"), _plans("country")


def write_country(folder: Path, times: int = 1, part: float = 1) -> None:
    """Write the configuration into a folder, which is made, or is empty but for files of the same names.

    `times` lays so many countries side by side, each with its own ministries: units, groups, plans and deadlines grow
    with it, and so do the events of all feeds together; the deadlines of a unit, and who waits for how many, do not.
    `part` leaves so much of each region's provinces, and of each province's communes: 0.1 is a tenth, about, of both.
    """
    for name in ("units", "plans"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "config" / "workdays", folder / "workdays", dirs_exist_ok=True)
    (folder / "nhachan.yaml").write_text(SETTINGS, "utf-8")
    for number in range(1, times + 1):
        for name, content in _country(number, part):
            (folder / f"{name}.yaml").write_text(content, "utf-8")


def _country(number: int, part: float) -> Iterator[tuple[str, str]]:
    """The files of one country. The first has plain names, the others their number in each."""
    mark, note = ("", "") if number == 1 else (f"nuoc-{number}.", f" (nước {number})")
    file = mark.replace(".", "-")
    country, central = f"{mark}ca-nuoc", f"{mark}trung-uong"
    names = {"nuoc": country, "tw": central}
    regions: list[str] = []
    count = 0
    for where, (region, region_name, provinces) in enumerate(REGIONS):
        own = f"{mark}vung-{region}"
        regions.append(own)
        inside = []
        for name, communes in provinces[: _some(len(provinces), part)]:
            place = f"{mark}{slug(name.removeprefix('tỉnh ').removeprefix('thành phố '))}"
            inside.append(place)
            ids = list(_communes(place, name, count, _some(communes, part)))
            yield f"units/{place.replace('.', '-')}", _province(place, name, note, ids)
            topic = list(PROVINCIAL)[count % len(PROVINCIAL)]
            values = names | {"noi": name, "ma": place, "xa": ids[0][0], "so": 100 + count, "ngay": 15 + count % 7}
            yield f"plans/{place.replace('.', '-')}-{topic}", PROVINCIAL[topic].substitute(values)
            count += 1
        yield f"units/{file}vung-{region}", _region(own, region_name, note, central, inside)
        values = names | {"noi": region_name, "ma": own, "so": 20 + where, "ngay": 18 + where}
        values |= {"tuan": WEEKLY[where % len(WEEKLY)]}
        for topic, plan in REGIONAL.items():
            yield f"plans/{file}vung-{region}-{topic}", plan.substitute(values)
    yield f"units/{file}trung-uong", _center(central, country, note, regions)
    for topic, plan in NATIONAL.items():
        yield f"plans/{file}{topic}", plan.substitute(names)


def _some(count: int, part: float) -> int:
    return max(1, round(count * part))


def _communes(place: str, province: str, count: int, communes: int) -> Iterator[tuple[str, str]]:
    """Id and name of each; every fifth is a ward."""
    for n in range(communes):
        second, first = divmod((count * 200 + n * STEP) % (len(FIRST) * len(SECOND)), len(FIRST))
        kind, name = "xã" if n % 5 else "phường", f"{FIRST[first]} {SECOND[second]}"
        yield f"{place}.{slug(f'{kind} {name}')}", f"UBND {kind} {name}, {province}"


def _unit(id_: str, name: str, parent: str = "") -> str:
    place, _, own = id_.rpartition(".")
    address = f"{own}@{place.replace('.', '-')}.example"
    lines = [f"  {id_}:", f"    name: {name}", f"    email: [{address}]", f"    lead: lanhdao.{address}"]
    return "".join(f"{line}\n" for line in (*lines, *([f"    parent: {parent}"] if parent else [])))


def _group(id_: str, members: list[str]) -> str:
    return f"  {id_}:\n" + "".join(f"    - {member}\n" for member in members)


def _province(place: str, name: str, note: str, communes: list[tuple[str, str]]) -> str:
    above = f"{place}.ubnd"
    departments = [(f"{place}.{id_}", f"{title} {name}") for id_, title in DEPARTMENTS]
    return "".join(
        (
            f"# Đơn vị của {name}: UBND, các sở, ban, ngành và {len(communes)} xã, phường.\n\nunits:\n",
            _unit(above, f"UBND {name}{note}"),
            *(_unit(id_, f"{title}{note}", above) for id_, title in (*departments, *communes)),
            "\ngroups:\n",
            _group(f"{place}.so-nganh", [id_ for id_, _ in departments[1:]]),
            _group(f"{place}.cap-xa", [id_ for id_, _ in communes]),
            _group(f"{place}.don-vi", [above, departments[0][0], f"{place}.so-nganh", f"{place}.cap-xa"]),
        )
    )


def _region(own: str, name: str, note: str, central: str, places: list[str]) -> str:
    office = _unit(f"{own}.van-phong", f"Văn phòng Hội đồng điều phối vùng {name}{note}", f"{central}.chinh-phu")
    groups = (_group(f"{own}.{kind}", [f"{place}.{kind}" for place in places]) for kind in ("don-vi", "cap-xa"))
    return f"# Vùng {name}.\n\nunits:\n{office}\ngroups:\n{''.join(groups)}"


def _center(central: str, country: str, note: str, regions: list[str]) -> str:
    offices = (_unit(f"{central}.{id_}", f"{name}{note}") for id_, name in CENTRAL)
    groups = (_group(f"{country}.{kind}", [f"{region}.{kind}" for region in regions]) for kind in ("don-vi", "cap-xa"))
    return f"# Trung ương.\n\nunits:\n{''.join(offices)}\ngroups:\n{''.join(groups)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=1, help="so many countries side by side")
    parser.add_argument("--part", type=float, default=1, help="so much of each country")
    asked = parser.parse_args()
    write_country(asked.folder, asked.times, asked.part)
    files = list(asked.folder.rglob("*.yaml"))
    print(f"{len(files)} files, {sum(f.stat().st_size for f in files) / 1e6:.2f} MB in {asked.folder}")


if __name__ == "__main__":
    main()
