"""The page that is committed is the one that its sources make."""

import subprocess

from page_tools import PAGE

BUILT = PAGE.parent / "src" / "menura" / "web" / "static"


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_sources_make_exactly_the_committed_files(npm_tools):
    run(["npm", "run", "build"], npm_tools)
    made = npm_tools.parent / "src" / "menura" / "web" / "static"
    names = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(BUILT) for path in BUILT.rglob("*") if path.is_file())
    for name in names:
        assert (made / name).read_bytes() == (BUILT / name).read_bytes(), f"{name}: run npm run build in page/"


def test_the_types_hold(npm_tools):
    run(["npm", "run", "check"], npm_tools)


def test_the_pure_parts_do_what_they_say(npm_tools):
    run(["npm", "test"], npm_tools)


def test_the_page_asks_nobody_but_its_server():
    for path in BUILT.rglob("*"):
        if path.suffix in {".html", ".css"}:
            assert "//" not in path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    page = (BUILT / "index.html").read_text(encoding="utf-8")
    assert "<style" not in page
    assert "style=" not in page
