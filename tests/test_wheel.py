"""The program as others get it: a wheel, installed into an environment of its own, in an empty folder."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.daemon.process import free_port, wait_for
from tests.test_project import ROOT, files


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the project's files alone, without what earlier builds left."""
    source, made = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for file in files():
        name = file.relative_to(ROOT)
        if name.parts[0] in ("scheduler", "config") or len(name.parts) == 1:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, source / name, follow_symlinks=False)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(made),
    ]
    built = subprocess.run([*pip, str(source)], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return next(made.glob("nhachan-*.whl"))


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a fresh environment, which shares with this one the dependencies alone."""
    place = tmp_path_factory.mktemp("installed")
    venv.create(place, with_pip=False, symlinks=True)
    python = place / "bin" / "python"
    ours = sysconfig.get_path("purelib")
    theirs = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    (Path(theirs) / "dependencies.pth").write_text(ours)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--ignore-installed",
    ]
    installed = subprocess.run([*pip, "--no-index", str(wheel)], capture_output=True, text=True, check=False)
    assert installed.returncode == 0, installed.stderr
    return place / "bin" / "nhachan"


def environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | more


def test_the_wheel_has_every_file_of_the_program(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    ours = {str(file.relative_to(ROOT)) for file in files() if file.is_relative_to(ROOT / "scheduler")}
    assert {name for name in ours if not name.endswith(".po")} == {n for n in names if n.startswith("scheduler/")}


def test_the_example_is_what_the_project_itself_uses(wheel: Path) -> None:
    """It is made of links into config/, so that there is no second copy to grow old."""
    with zipfile.ZipFile(wheel) as archive:
        examples = [name for name in archive.namelist() if name.startswith("scheduler/example/")]
        for name in examples:
            assert archive.read(name) == (ROOT / "config" / name.removeprefix("scheduler/example/")).read_bytes(), name
    assert {name.split("/")[2] for name in examples} == {"nhachan.yaml", "units", "plans", "workdays"}


def test_a_newcomer_begins_in_an_empty_folder(program: Path, tmp_path: Path) -> None:
    def nhachan(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [str(program), *words]
        return subprocess.run(
            command, cwd=tmp_path, env=environment(**more), capture_output=True, text=True, check=False
        )

    asking = [str(program.with_name("python")), "-c", "import scheduler; print(scheduler.__file__)"]
    found = subprocess.run(asking, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True)
    assert found.stdout.startswith(str(program.parents[1])), "not the wheel, but the project beside it"

    begun = nhachan("init", "config")
    assert begun.returncode == 0, begun.stderr
    checked = nhachan("check", NHACHAN_LANG="vi")
    assert checked.returncode == 0, checked.stderr
    assert all("workdays/" in line for line in checked.stderr.splitlines()), "only provisional years are told"
    assert "Kế hoạch: 1" in checked.stdout
    built = nhachan("build")
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "calendars" / "plans" / "mau-dinh-ky.ics").is_file()

    settings, port = tmp_path / "config" / "nhachan.yaml", free_port()
    settings.write_text(settings.read_text("utf-8").replace("8080", str(port)), "utf-8")
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [program, "run"], cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_for(lambda: process.poll() is not None or answers(url), "the daemon to answer")
        page = httpx.get(f"{url}/office/deadlines").text
        assert "Báo cáo tháng về công tác dân vận" in page
        for static in re.findall(r'"(/static/[^"]+)"', page):
            assert httpx.get(f"{url}{static}").status_code == 200
    finally:
        process.terminate()
        errors = process.communicate(timeout=30)[1]
    assert process.returncode == 0, errors


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("what", ["file", "folder"])
def test_nothing_is_written_over(program: Path, tmp_path: Path, what: str) -> None:
    there = tmp_path / "there"
    if what == "folder":
        (there / "plans").mkdir(parents=True)
    else:
        there.write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    command = [str(program), "init", str(there)]
    refused = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "name a new folder" in refused.stderr
    assert sorted(tmp_path.rglob("*")) == before
