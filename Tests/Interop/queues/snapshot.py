"""Everything Redis holds of a queue, in a form that two clients' queues can be compared in.

Clocks are set aside: two times count as equal when they are less than `TOLERANCE` apart, wherever they stand; so does the order in
which a JSON object's members were written. Nothing else is.
"""

import json
import re

TOLERANCE = 5000
_TIME = re.compile(r"(?<!\d)1[5-9]\d{11}(?!\d)")
_SPANS = {"delay", "offset"}
_JSON_FIELDS = {"opts", "parent", "stacktrace", "pd", "data", "returnvalue"}


def snapshot(client, base: str) -> dict:
    """Key by key, without the queue's own prefix `base`, for instance `bull:orders`. `client` is synchronous and decodes."""
    names = sorted(client.scan_iter(match=glob_escape(base) + ":*", count=5000))
    if not names:
        return {}
    pipe = client.pipeline(transaction=True)
    for name in names:
        pipe.type(name)
        pipe.pttl(name)
    answers = pipe.execute()
    kinds, lives = answers[::2], answers[1::2]
    for name, kind in zip(names, kinds):
        {
            "string": lambda: pipe.get(name), "list": lambda: pipe.lrange(name, 0, -1), "set": lambda: pipe.smembers(name),
            "zset": lambda: pipe.zrange(name, 0, -1, withscores=True), "hash": lambda: pipe.hgetall(name),
            "stream": lambda: pipe.xrange(name), "none": lambda: pipe.exists(name),
        }[kind]()
    found = {}
    for name, kind, life, value in zip(names, kinds, lives, pipe.execute()):
        if kind == "none":
            continue
        suffix = name[len(base) + 1 :]
        if kind == "stream":
            value = [{field: _time(_read(field, text)) for field, text in fields.items()} for _, fields in value]
        elif kind == "hash":
            value = {_free(field, base): _time(_read(field, text)) for field, text in value.items()}
            if "stacktrace" in value:
                # What an entry says is each language's own.
                value["stacktrace"] = len(value["stacktrace"])
        elif kind == "zset":
            role = suffix.rsplit(":", 1)[-1]
            score = _SCORES.get(role, lambda number: number)
            value = [(_free(member, base), score(number)) for member, number in value]
            if role not in _ORDERED:
                value = dict(value)
        elif kind == "set":
            value = sorted(value)
        elif kind == "string":
            value = "locked" if suffix.endswith(":lock") else _time(value)
        found[_free(suffix, base)] = {"kind": kind, "expires": life >= 0, "value": _bases(value, base)}
    return found


def _is_near(first, second):
    """Two spans of time that depend on the clock. None differs from some."""
    try:
        first, second = int(first), int(second)
    except (TypeError, ValueError):
        return False
    return first != 0 != second and abs(first - second) < TOLERANCE


def _due(score):
    return {"time": score // 4096, "place": score % 4096}


# Where the score is a time or nothing else depends on the order, two members of one millisecond may stand either way.
_ORDERED = {"delayed", "prioritized", "marker"}
_SCORES = {"delayed": lambda score: _due(int(score)), "marker": int}


def _read(field, text):
    if field in _JSON_FIELDS:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _time(value):
    """A text that is nothing but a time becomes a number."""
    return int(value) if isinstance(value, str) and _TIME.fullmatch(value) else value


def _free(text, base):
    """A name without the times in it."""
    return _TIME.sub("T", text.replace(base + ":", "BASE:"))


def _bases(value, base):
    if isinstance(value, str):
        return value.replace(base, "BASE")
    if isinstance(value, list):
        return [_bases(item, base) for item in value]
    if isinstance(value, tuple):
        return tuple(_bases(item, base) for item in value)
    if isinstance(value, dict):
        return {key: _bases(item, base) for key, item in value.items()}
    return value


def glob_escape(text):
    return re.sub(r"([*?\[\]\\{}])", r"\\\1", text)


def differences(first, second, path="") -> list:
    """Where two snapshots differ, as lines of text."""
    if isinstance(first, dict) and isinstance(second, dict):
        if set(first) == {"time", "place"} == set(second):
            # Which of the jobs of one millisecond came first shows in their order.
            return differences(first["time"], second["time"], path)
        lines = [f"{path}/{key}: only in the first: {first[key]}" for key in first.keys() - second.keys()]
        lines += [f"{path}/{key}: only in the second: {second[key]}" for key in second.keys() - first.keys()]
        for key in sorted(first.keys() & second.keys()):
            if key not in _SPANS or not _is_near(first[key], second[key]):
                lines += differences(first[key], second[key], f"{path}/{key}")
        return lines
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        # cjson, through which the official scripts pass options, writes an empty list as an empty object.
        if len(first) != len(second):
            return [f"{path}: {first} != {second}"]
        return [line for number, (a, b) in enumerate(zip(first, second)) for line in differences(a, b, f"{path}[{number}]")]
    if isinstance(first, (int, float)) and isinstance(second, (int, float)) and not isinstance(first, bool):
        is_time = first > 1.5e12 and second > 1.5e12
        return [] if first == second or is_time and abs(first - second) < TOLERANCE else [f"{path}: {first} != {second}"]
    if isinstance(first, str) and isinstance(second, str):
        return [] if _TIME.sub("T", first) == _TIME.sub("T", second) else [f"{path}: {first!r} != {second!r}"]
    return [] if first == second else [f"{path}: {first!r} != {second!r}"]
