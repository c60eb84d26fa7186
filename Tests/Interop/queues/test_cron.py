"""Cron expressions against PyPI `croniter`, which knows the calendar, and `zoneinfo`, which knows the clocks.

croniter itself is asked without time zone: the release that PyPI `bullmq` pins is an hour off when a step crosses a change of clocks
(`0 12 * * *` on the eve of one gives 11:00), which is not worth copying. The rules for such days are spelled out in `expected`.
"""

import os
import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter

from driver import Refused

ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Auckland",
    "Africa/Casablanca", "Pacific/Apia", "America/St_Johns", "Asia/Tehran", "Europe/Dublin", "America/Havana", "Asia/Pyongyang",
    "Pacific/Chatham", "Africa/Cairo",
]
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
WEEKDAYS = "sun mon tue wed thu fri sat".split()
SEED = int(os.environ.get("MAINSTAY_SEED", random.SystemRandom().randrange(1 << 32)))


def naive(seconds, zone):
    return datetime.fromtimestamp(seconds, zone).replace(tzinfo=None)


def instants(wall, zone, is_hourly):
    """When the clocks of a zone show a time: once, twice when they are set back, and moved on when they skip it."""
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    # Of a skipped time, fold 0 is read with the clock of before: 02:30 becomes 03:30.
    times = [first.timestamp()]
    exists_twice = first.utcoffset() > second.utcoffset()
    if exists_twice and is_hourly:
        times.append(second.timestamp())
    return times


def expected(pattern, after, zone):
    """The first match after `after`, in seconds."""
    fields = pattern.split()
    is_hourly = croniter.expand(pattern, second_at_beginning=True)[0][1] == ["*"]
    start = naive(after, zone)
    near = {datetime.fromtimestamp(after + hours * 3600, zone).utcoffset() for hours in range(-27, 28)}
    if len(near) > 1:
        start -= timedelta(hours=26)
    walls = croniter(pattern, start - timedelta(seconds=1), second_at_beginning=True)
    best, limit = None, None
    while True:
        wall = walls.get_next(datetime)
        if limit is not None and wall > limit:
            return best
        later = [time for time in instants(wall, zone, is_hourly) if time > after]
        if later and (best is None or min(later) < best):
            best = min(later)
        if later and limit is None:
            # A later time of day may come earlier, by as much as the clocks are moved.
            limit = wall + (timedelta(hours=25) if len(near) > 1 else timedelta(hours=3) if len(fields) == 5 else timedelta())


def random_field(rng, low, high, names=None, top=None):
    """One field: `*` half of the time, else a list of values, ranges and steps."""

    def value(number):
        return rng.choice([str(number), names[number - low].upper(), names[number - low]]) if names and number - low < len(names) else str(number)

    def item():
        kind = rng.randrange(5)
        if kind == 0:
            return f"*/{rng.randint(1, high)}"
        first = rng.randint(low, high)
        if kind == 1:
            last = rng.randint(first, high)
            return f"{value(first)}-{value(last)}" + (f"/{rng.randint(1, 9)}" if rng.random() < 0.4 and high > 9 else "")
        if kind == 2:
            return f"{first}/{rng.randint(1, high)}"
        return value(first)

    if rng.random() < 0.45:
        return "*"
    return ",".join(item() for _ in range(rng.choice([1, 1, 1, 2, 3])))


def random_pattern(rng):
    """A pattern that croniter reads rightly.

    With a day such as 31 in its list it oversteps the first days after a shorter month. And it counts Sunday twice where a list of weekdays
    names it as 0 and as 7, so that six days look like all seven.
    """
    while True:
        pattern = any_pattern(rng)
        try:
            days, weekdays = croniter.expand(pattern, second_at_beginning=True)[0][2:5:2]
        except Exception:
            return pattern
        if (days == ["*"] or "l" in days or max(days) < 29 or min(days) > 3) and (weekdays != ["*"] or has_all_weekdays(pattern.split()[-1])):
            return pattern


def has_all_weekdays(field):
    items = [croniter.expand(f"0 0 * * {item}")[0][4] for item in field.split(",")]
    return ["*"] in items or len({day % 7 for item in items for day in item}) == 7


def any_pattern(rng):
    day = "L" if rng.random() < 0.08 else random_field(rng, 1, 31)
    weekday = f"{rng.randint(0, 6)}#{rng.randint(1, 5)}" if rng.random() < 0.06 else random_field(rng, 0, 6, WEEKDAYS)
    month = random_field(rng, 1, 12, MONTHS)
    if rng.random() < 0.5:
        day, weekday, month = (rng.choice([field, "*"]) for field in (day, weekday, month))
    fields = [random_field(rng, 0, 59), random_field(rng, 0, 23), day, month, weekday]
    if rng.random() < 0.3:
        fields.insert(0, rng.choice(["0", "30", "*/20", "5,50"]))
    return " ".join(fields)


def transitions(zone, rng, count=3):
    """Some moments at which a zone's clocks change, from 2005 to 2030."""
    found, step = [], 7 * 86_400
    low = int(datetime(2005, 1, 1, tzinfo=timezone.utc).timestamp())
    for begin in range(low, low + 25 * 365 * 86_400, step):
        offset = datetime.fromtimestamp(begin, zone).utcoffset()
        if datetime.fromtimestamp(begin + step, zone).utcoffset() == offset:
            continue
        left, right = begin, begin + step
        while right - left > 1:
            middle = (left + right) // 2
            left, right = (middle, right) if datetime.fromtimestamp(middle, zone).utcoffset() == offset else (left, middle)
        found.append(right)
    return rng.sample(found, min(count, len(found)))


def test_next_times(driver):
    """Random expressions, at random times and around changes of clocks."""
    print("seed", SEED)
    rng = random.Random(SEED)
    cases = []
    for name in ZONES:
        zone = ZoneInfo(name)
        moments = [rng.randrange(1_100_000_000, 1_950_000_000) for _ in range(25)]
        for change in transitions(zone, rng):
            moments += [change + rng.randrange(-30 * 3600, 30 * 3600) for _ in range(4)] + [change + rng.randrange(-7200, 7200) for _ in range(6)]
            moments += [change - 1, change, change - 3600]
        cases += [(random_pattern(rng), moment, name) for moment in moments]
    operations = [{"op": "cron", "pattern": pattern, "tz": name, "after": moment * 1000} for pattern, moment, name in cases]
    compared = 0
    for (pattern, moment, name), answer in zip(cases, driver.calls(operations)):
        try:
            wanted = expected(pattern, moment, ZoneInfo(name))
        except Exception as error:  # croniter refuses, or finds nothing
            assert isinstance(answer, Refused) or answer == [], (pattern, moment, name, answer, error)
            continue
        if isinstance(answer, Refused):
            assert any(text in str(answer) for text in ("instead of", "no month of", "must be *", "know 7", "not all clients")), (pattern, answer)
            continue
        assert answer == [int(wanted) * 1000], (SEED, pattern, name, naive(moment, ZoneInfo(name)), naive(wanted, ZoneInfo(name)),
                                               naive(answer[0] / 1000, ZoneInfo(name)) if answer else None)
        compared += 1
    print(f"{compared} of {len(cases)} compared")
    assert compared > 500


def test_sequences_agree_with_croniter(driver):
    """Where no clocks change, croniter with the zone is right too, over fifty steps."""
    print("seed", SEED)
    rng = random.Random(SEED + 1)
    for _ in range(100):
        pattern, name = random_pattern(rng), rng.choice(["UTC", "Asia/Kolkata"])
        start = rng.randrange(1_500_000_000, 1_900_000_000)
        try:
            times = croniter(pattern, datetime.fromtimestamp(start, ZoneInfo(name)), second_at_beginning=True)
            wanted = [int(times.get_next(float)) * 1000 for _ in range(50)]
            answer = driver.call("cron", pattern=pattern, tz=name, after=start * 1000, count=50)
        except Exception as error:
            assert not isinstance(error, AssertionError)
            continue
        assert answer == wanted, (SEED, pattern, name, start)


@pytest.mark.parametrize("text, tz, after, times", [
    # A time that does not exist comes an hour later; one that comes twice, once.
    ("30 2 * * *", "America/New_York", "2024-03-09T12:00:00-05:00", ["2024-03-10T03:30:00-04:00", "2024-03-11T02:30:00-04:00"]),
    ("30 1 * * *", "America/New_York", "2024-11-02T12:00:00-04:00", ["2024-11-03T01:30:00-04:00", "2024-11-04T01:30:00-05:00"]),
    ("30 1 * * *", "America/New_York", "2024-11-03T01:00:00-05:00", ["2024-11-04T01:30:00-05:00"]),
    # An hour that is not restricted runs on by the minute.
    ("30 * * * *", "America/New_York", "2024-11-03T00:45:00-04:00", ["2024-11-03T01:30:00-04:00", "2024-11-03T01:30:00-05:00", "2024-11-03T02:30:00-05:00"]),
    ("*/30 * * * *", "America/New_York", "2024-03-10T01:20:00-05:00", ["2024-03-10T01:30:00-05:00", "2024-03-10T03:00:00-04:00", "2024-03-10T03:30:00-04:00"]),
    # Half an hour, and a whole day that was left out.
    ("15 2 * * *", "Australia/Lord_Howe", "2024-10-05T12:00:00+10:30", ["2024-10-06T02:45:00+11:00"]),
    ("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00-10:00", ["2011-12-31T12:00:00+14:00", "2012-12-30T12:00:00+14:00"]),
    ("0 0 L 2 *", "UTC", "2023-03-01T00:00:00+00:00", ["2024-02-29T00:00:00+00:00", "2025-02-28T00:00:00+00:00"]),
    ("0 0 29 2 *", "UTC", "2096-03-01T00:00:00+00:00", ["2104-02-29T00:00:00+00:00"]),
    ("0 0 13 * FRI", "UTC", "2024-09-01T00:00:00+00:00", ["2024-09-06T00:00:00+00:00", "2024-09-13T00:00:00+00:00"]),
    ("@weekly", "UTC", "2024-09-01T00:00:00+00:00", ["2024-09-08T00:00:00+00:00"]),
    ("15 30 4 * * ?", "UTC", "2024-09-01T04:30:15+00:00", ["2024-09-02T04:30:15+00:00"]),
])
def test_rules(driver, text, tz, after, times):
    answer = driver.call("cron", pattern=text, tz=tz, after=int(datetime.fromisoformat(after).timestamp() * 1000), count=len(times))
    shown = [datetime.fromtimestamp(time / 1000, ZoneInfo(tz)).isoformat() for time in answer]
    assert shown == times


@pytest.mark.parametrize("text, reason", [
    ("", "5 fields"), ("* * * *", "5 fields"), ("* *", "5 fields"), ("* * * * * * *", "5 fields"), ("60 * * * *", "minute"), ("* 24 * * *", "hour"),
    ("* * 0 * *", "day of month"), ("* * 32 * *", "day of month"), ("* * * 13 *", "month"), ("* * * * 8", "day of week"),
    ("*/0 * * * *", "step"), ("*/x * * * *", "step"), ("5-1 * * * *", "upwards"), ("1,,2 * * * *", "minute"), ("* * * foo *", "month"),
    ("* * 30 2 *", "no month"), ("* * 31 4,6 *", "no month"), ("* * 31 4 MON", "no month"), ("L * * * *", "minute"), ("* * * * MON#6", "MON#2"), ("? * * * *", "day of week"),
    ("0 0 1-31 * MON", "instead"), ("0 0 */1 * MON", "instead"), ("0 0 1 * 0-6", "instead"), ("-1 * * * *", "minute"), ("+1 * * * *", "minute"),
    ("1.5 * * * *", "minute"), ("* * * * FRI-SUN", "upwards"), ("* * LW * *", "day of month"), ("* * L-3 * *", "day of month"), ("* * * * L", "day of week"), ("@weekdays", "not all clients"), ("* * * * 5L", "not all clients"), ("H * * * *", "chooses"), ("*/90 * * * *", "not all clients"), ("0 0 0 * * 7", "know 7"), ("0 0 13 * 5#2", "must be"), ("99999999999999999999 * * * *", "minute"),
])
def test_refusals(driver, text, reason):
    with pytest.raises(Refused, match=reason):
        driver.call("cron", pattern=text, tz="UTC", after=0)
