"""Every item of the checklist, and every advisory that concerns us, has a test that bears its number."""

import pathlib
import re

# Social sign-in (50, 51) and the plugins after 75 are not ours; 84 is test_auth_client.py, which runs a client of better-auth.
ITEMS = {*range(1, 50), *range(52, 76), 85}
ADVISORIES = ["99h5_pjcv_gr6v", "xg6x_h9c9_2m83", "p6v2_xcpg_h6xw", "569q_mpph_wgww", "3q45_2fh7_66cj", "2vg6_77g8_24mp", "fmh4_wcc4_5jm3",
              "hc7v_x88r_fmh4"]


def names():
    folder = pathlib.Path(__file__).parent
    return [name for file in sorted(folder.glob("test_*.py")) for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.M)]


def test_every_item_has_a_test():
    numbers = set()
    for name in names():
        found = re.match(r"test_((?:\d\d_)+)", name)
        numbers |= {int(number) for number in found[1].split("_") if number} if found else set()
    assert ITEMS - numbers == set()


def test_every_advisory_has_a_test():
    texts = " ".join(names())
    assert [one for one in ADVISORIES if f"ghsa_{one}" not in texts] == []
