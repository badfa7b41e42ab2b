"""The pictures of the README can be taken again, and those that it shows are there and light."""

import re

from .pictures import FOLDER, ROOT, take

PNG = b"\x89PNG\r\n\x1a\n"
MOST = 200_000  # bytes


def test_the_pictures_can_be_taken_again(window, tmp_path):
    take(window, tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(each.name for each in FOLDER.iterdir())
    assert all(each.read_bytes().startswith(PNG) for each in tmp_path.iterdir())


def test_each_picture_is_light_and_is_shown_in_the_readme():
    shown = set(re.findall(r"\]\(docs/pictures/([^)]+)\)", (ROOT / "README.md").read_text("utf-8")))
    assert {each.name for each in FOLDER.iterdir() if each.stat().st_size < MOST} == shown
