"""The `bullmq` command, as people and scripts use it."""

import json
import os
import signal
import subprocess
import time

import pytest
import redis

from tools import binary

VERBS = ["add", "add-bulk", "flow add", "scheduler set", "scheduler list", "scheduler remove", "work", "counts", "list", "get", "logs", "events", "stats",
         "explain", "groups list", "groups get", "groups set", "groups pause", "groups resume", "groups drain",
         "pause", "resume", "retry", "promote", "remove", "drain", "clean", "obliterate", "bench"]


@pytest.fixture
def client(redis_url):
    client = redis.Redis.from_url(redis_url, decode_responses=True)
    yield client
    client.close()


@pytest.fixture
def bullmq(redis_url, queue_name):
    """Runs a verb on the test's queue; answers the finished process."""

    def run(verb, *arguments, stdin="", url=redis_url, timeout=60):
        line = [binary("bullmq"), *verb.split(), "--queue", queue_name, "--redis", url, *map(str, arguments)]
        return subprocess.run(line, input=stdin, capture_output=True, text=True, timeout=timeout)

    return run


def ok(done):
    assert done.returncode == 0, (done.args, done.stdout, done.stderr)
    return done.stdout.strip()


def until(condition, limit=60):
    end = time.monotonic() + limit
    while not (result := condition()):
        assert time.monotonic() < end, "nothing happened in time"
        time.sleep(0.02)
    return result


def counts(bullmq):
    return json.loads(ok(bullmq("counts", "--json")))


# Help and refusals.


@pytest.mark.parametrize("verb", VERBS)
def test_help(verb):
    done = subprocess.run([binary("bullmq"), *verb.split(), "--help"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and f"USAGE: bullmq {verb}" in done.stdout and "--queue" in done.stdout


def test_root_help_has_examples():
    done = subprocess.run([binary("bullmq"), "--help"], capture_output=True, text=True, timeout=20)
    assert "Examples:" in done.stdout and "bullmq work" in done.stdout
    for verb in VERBS:
        assert verb.split()[0] in done.stdout


@pytest.mark.parametrize("arguments, reason", [
    (["counts"], "--queue"), (["counts", "--queue", "a:b"], "colon"), (["frobnicate"], "frobnicate"),
    (["add", "--queue", "q", "--name", "n", "--data", "{"], "JSON"), (["add", "--queue", "q", "--name", "n", "--opts", "[]"], "object"),
    (["work", "--queue", "q", "--exec", "true", "--concurrency", "0"], "concurrency"), (["work", "--queue", "q", "--exec", " "], "command"),
    (["work", "--queue", "q", "--exec", "true", "--timeout", "soon"], "timeout"), (["retry", "--queue", "q"], "--all"),
    (["retry", "--queue", "q", "1", "--all"], "--all"), (["retry", "--queue", "q", "--all", "--state", "wait"], "failed"),
    (["list", "--queue", "q", "--state", "nowhere"], "nowhere"), (["clean", "--queue", "q", "--older-than", "-1"], "older-than"),
    (["scheduler", "set", "--queue", "q", "s"], "--every"), (["scheduler", "set", "--queue", "q", "s", "--every", "1s", "--cron", "* * * * *"], "--every"),
    (["events", "--queue", "q", "--after", "yesterday"], "event's id"), (["stats", "--queue", "q", "--interval", "1ms"], "interval"),
    (["stats", "--queue", "q", "--watch", "--times", "0"], "--times"), (["counts", "--queue", "q", "--redis", "nowhere"], "scheme"),
    (["flow", "add", "--queue", "q", "--tree", "[]"], "object"), (["flow", "add", "--queue", "q", "--tree", "{}"], "name"),
    (["bench", "--queue", "q", "--jobs", "0"], "--jobs"),
])
def test_wrong_command_lines(redis_url, arguments, reason):
    done = subprocess.run([binary("bullmq"), *arguments], capture_output=True, text=True, timeout=20, env={**os.environ, "REDIS_URL": redis_url})
    assert done.returncode == 64 and reason in done.stderr and done.stdout == ""


def test_refusals_have_exit_codes(bullmq):
    for verb, arguments, code, reason in [
        ("get", ["nobody"], 2, "no job nobody"), ("logs", ["nobody"], 2, "no job"), ("remove", ["nobody"], 2, "no job"),
        ("retry", ["nobody"], 2, "Missing key"), ("promote", ["nobody"], 1, "not in the delayed state"), ("scheduler remove", ["none"], 2, "no scheduler"),
        ("add", ["--name", "n", "--opts", '{"jobId":"7"}'], 1, "whole number"), ("add", ["--name", "n", "--opts", '{"priority":-1}'], 1, "priority"),
        ("scheduler set", ["s", "--cron", "61 * * * *"], 1, "minute"), ("scheduler set", ["s", "--cron", "* * * * *", "--timezone", "Mars/Base"], 1, "Mars"),
    ]:
        done = bullmq(verb, *arguments)
        assert done.returncode == code and reason in done.stderr and done.stderr.startswith("Error: "), (verb, done)


@pytest.mark.parametrize("verb, arguments", [("counts", []), ("work", ["--exec", "true"]), ("events", ["--follow"]), ("stats", ["--watch"])])
def test_redis_that_is_not_there(bullmq, verb, arguments):
    done = bullmq(verb, *arguments, url="redis://127.0.0.1:1")
    assert done.returncode == 69 and "Error: " in done.stderr and len(done.stderr.splitlines()) == 1


def test_url_from_the_environment(redis_url, queue_name):
    done = subprocess.run([binary("bullmq"), "counts", "--queue", queue_name, "--json"], capture_output=True, text=True, env={"REDIS_URL": redis_url}, timeout=20)
    assert json.loads(done.stdout)["wait"] == 0


def test_a_pipe_that_nobody_reads_ends_it(bullmq, redis_url, queue_name):
    ok(bullmq("add-bulk", stdin='{"name":"n"}\n' * 3000))
    for verb in (["list", "--to", "-1"], ["events", "--follow", "--after", "0"]):
        child = subprocess.Popen([binary("bullmq"), *verb, "--queue", queue_name, "--redis", redis_url], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == b"" and child.wait(timeout=20) == -signal.SIGPIPE
        child.stderr.close()
    with open("/dev/full", "w") as full:
        done = subprocess.run([binary("bullmq"), "list", "--queue", queue_name, "--redis", redis_url], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 74 and "No space left" in done.stderr
    # Nowhere to complain to.
    done = subprocess.run(f"{binary('bullmq')} get --queue {queue_name} --redis {redis_url} nobody 2>&-", shell=True, timeout=20)
    assert done.returncode == 2


@pytest.mark.parametrize("options, reason", [
    ('{"attempts":"3"}', "attempts must be a whole number"), ('{"delay":1.5}', "delay"), ('{"priority":1.5}', "priority"), ('{"lifo":1}', "lifo"),
    ('{"removeOnComplete":"yes"}', "removeOnComplete"), ('{"removeOnFail":{"age":"1d"}}', "removeOnFail"), ('{"removeOnFail":0.5}', "removeOnFail"),
    ('{"backoff":"fixed"}', "backoff"), ('{"backoff":{"type":"fixed","delay":"1s"}}', "backoff"), ('{"deduplication":{"ttl":5}}', "deduplication"),
    ('{"deduplication":{"id":"x","ttl":"5"}}', "deduplication"), ('{"parent":{"id":1}}', "parent"), ('{"failParentOnFailure":"true"}', "failParentOnFailure"),
])
def test_options_of_the_wrong_type(bullmq, options, reason):
    done = bullmq("add", "--name", "n", "--opts", options)
    assert done.returncode == 64 and reason in done.stderr
    done = bullmq("add-bulk", stdin='{"name":"n","opts":%s}' % options)
    assert done.returncode == 64 and "Line 1" in done.stderr and reason in done.stderr
    assert ok(bullmq("add", "--name", "n", "--opts", '{"attempts":null,"backoff":100,"removeOnFail":{"count":3,"age":null},"mine":[1]}')) == "1"


def test_a_terminal_is_safe(bullmq, client, queue_name):
    """What a producer wrote cannot move the cursor, or pass for a line of ours; JSON and logs keep what they must."""
    name = "red\x1b[31m\nstate: completed\x9b2J\x07"
    job = ok(bullmq("add-bulk", stdin=json.dumps({"name": name})))
    client.rpush(f"bull:{queue_name}:{job}:logs", "one\n\ttwo\x1b[2J")
    for verb in (["list"], ["get", job], ["events"]):
        text = ok(bullmq(*verb))
        assert r"red\u{1b}[31m\nstate: completed\u{9b}2J\u{7}" in text
        assert not any(character in text for character in "\x1b\x9b\x07") and "state: completed" not in text.splitlines()
    assert json.loads(ok(bullmq("get", job, "--json")))["name"] == name
    assert ok(bullmq("logs", job)) == "one\n\ttwo\\u{1b}[2J"


# Producing and looking.


def test_add_list_get(bullmq, client, queue_name):
    data = '{"n": 1.50, "big": 12345678901234567890, "u": "\\u00e9"}'
    assert ok(bullmq("add", "--name", "paint", "--data", data)) == "1"
    assert client.hget(f"bull:{queue_name}:1", "data") == data
    answer = json.loads(ok(bullmq("add", "--name", "later", "--opts", '{"delay":60000,"jobId":"mine"}', "--json")))
    assert answer == {"id": "mine", "isNew": True}
    assert json.loads(ok(bullmq("add", "--name", "again", "--opts", '{"jobId":"mine"}', "--json")))["isNew"] is False
    assert counts(bullmq) == {"active": 0, "completed": 0, "delayed": 1, "failed": 0, "prioritized": 0, "wait": 1, "waiting-children": 0, "paused": 0}
    assert "wait: 1" in ok(bullmq("counts")).splitlines()
    (listed,) = ok(bullmq("list", "--state", "waiting")).splitlines()
    assert "paint" in listed and "attempts 0/1" in listed
    (listed,) = ok(bullmq("list", "--state", "delayed", "--json")).splitlines()
    assert json.loads(listed)["id"] == "mine" and json.loads(listed)["opts"]["delay"] == 60000
    job = json.loads(ok(bullmq("get", "mine", "--json")))
    assert job["state"] == "delayed" and job["name"] == "later" and job["data"] == {}
    assert "state: wait" in ok(bullmq("get", "1")).splitlines()
    client.rpush(f"bull:{queue_name}:1:logs", "first", "second")
    assert ok(bullmq("logs", "1")).splitlines() == ["first", "second"] and json.loads(ok(bullmq("logs", "1", "--json"))) == ["first", "second"]


def test_add_bulk(bullmq):
    lines = "\n".join(json.dumps({"name": "m", "data": {"n": n}, "opts": {"priority": 2} if n % 2 else {}}) for n in range(2500)) + "\n\n"
    ids = ok(bullmq("add-bulk", stdin=lines)).split()
    assert ids == [str(n + 1) for n in range(2500)]
    assert counts(bullmq)["wait"] == 1250 and counts(bullmq)["prioritized"] == 1250
    listed = ok(bullmq("list", "--from", 1200, "--to", -1, "--json")).splitlines()
    assert len(listed) == 50 and json.loads(listed[0])["data"] == {"n": 2400}
    assert ok(bullmq("add-bulk")) == ""
    added = 1250
    for line, reason in [("{", "Line 2"), ('{"data":1}', "name"), ('{"name":"n","opts":3}', "object"), (r'{"name":"\ud800"}', "Line 2")]:
        done = bullmq("add-bulk", stdin='{"name":"ok"}\n' + line)
        # What was printed has been added, and nothing else.
        added += len(done.stdout.split())
        assert done.returncode == 64 and reason in done.stderr and counts(bullmq)["wait"] == added


def test_add_bulk_of_a_stream(bullmq, client, queue_name, redis_url):
    """Whoever writes a line now and then need not wait for the thousandth."""
    child = subprocess.Popen([binary("bullmq"), "add-bulk", "--queue", queue_name, "--redis", redis_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        for number in range(3):
            child.stdin.write(b'{"name":"s","data":%d}\n' % number)
            child.stdin.flush()
            assert child.stdout.readline() == b"%d\n" % (number + 1)
        child.stdin.write(b'{"name":"half')
        child.stdin.flush()
        child.stdin.write(b'"}')
        child.stdin.close()
        assert child.stdout.read() == b"4\n" and child.wait(timeout=20) == 0
        assert client.hget(f"bull:{queue_name}:4", "name") == "half"
    finally:
        child.kill()


def test_flow(bullmq, client, queue_name):
    tree = {"name": "root", "data": {"r": 1}, "children": [{"name": "leaf", "queueName": queue_name + "k", "opts": {"jobId": "leaf-1"}},
                                                         {"name": "branch", "children": [{"name": "twig", "data": [1]}]}]}
    answer = json.loads(ok(bullmq("flow add", "--json", stdin=json.dumps(tree))))
    assert answer["queue"] == f"bull:{queue_name}" and answer["children"][0]["id"] == "leaf-1" and len(answer["children"][1]["children"]) == 1
    assert client.scard(f"bull:{queue_name}:{answer['id']}:dependencies") == 2
    assert counts(bullmq)["waiting-children"] == 2 and client.llen(f"bull:{queue_name}k:wait") == 1
    assert ok(bullmq("flow add", "--tree", '{"name":"alone","opts":{"jobId":"solo"}}')) == "solo"


def test_scheduler(bullmq, client, queue_name):
    answer = json.loads(ok(bullmq("scheduler set", "tick", "--every", "1h", "--offset", "90s", "--limit", 5, "--name", "t", "--data", '{"a":1}', "--json")))
    assert answer["id"].startswith("repeat:tick:") and int(answer["id"].split(":")[2]) % 3_600_000 == 90_000 and answer["delay"] <= 3_600_000
    text = ok(bullmq("scheduler set", "daily", "--cron", "0 9 * * MON-FRI", "--timezone", "Europe/Berlin", "--end", "2030-01-01T00:00:00Z"))
    assert text.split()[0].startswith("repeat:daily:") and text.endswith(":00:00.000Z"), "the time of the slot, whatever the call took"
    listed = {item["id"]: item for item in map(json.loads, ok(bullmq("scheduler list", "--json")).splitlines())}
    assert listed["tick"]["every"] == 3_600_000 and listed["tick"]["offset"] == 90_000 and listed["tick"]["limit"] == 5 and listed["tick"]["data"] == {"a": 1}
    assert listed["daily"]["pattern"] == "0 9 * * MON-FRI" and listed["daily"]["tz"] == "Europe/Berlin" and listed["daily"]["endDate"] == 1893456000000
    assert len(ok(bullmq("scheduler list")).splitlines()) == 2
    ok(bullmq("scheduler remove", "tick"))
    ok(bullmq("scheduler remove", "daily"))
    assert not client.exists(f"bull:{queue_name}:repeat") and counts(bullmq)["delayed"] == 0


# Managing.


def test_pause_and_resume(bullmq, client, queue_name):
    ok(bullmq("pause"))
    assert client.hget(f"bull:{queue_name}:meta", "paused") == "1"
    ok(bullmq("resume"))
    assert client.hget(f"bull:{queue_name}:meta", "paused") is None


def test_retry_promote_remove_clean(bullmq, tool):
    ids = [ok(bullmq("add", "--name", "f")) for _ in range(3)]
    worker = tool.work("exit 1")
    until(lambda: counts(bullmq)["failed"] == 3)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=40) == 0
    assert ok(bullmq("retry", ids[0], "--reset-attempts")) == ids[0]
    assert json.loads(ok(bullmq("get", ids[0], "--json")))["attemptsMade"] == 0
    ok(bullmq("retry", "--all"))
    assert counts(bullmq)["wait"] == 3
    delayed = [ok(bullmq("add", "--name", "d", "--opts", '{"delay":600000}')) for _ in range(3)]
    assert ok(bullmq("promote", delayed[0])) == delayed[0]
    ok(bullmq("promote", "--all"))
    assert counts(bullmq)["wait"] == 6 and counts(bullmq)["delayed"] == 0
    assert ok(bullmq("remove", ids[0], ids[1])).splitlines() == ids[:2]
    assert ok(bullmq("clean", "--state", "wait", "--older-than", "1h")) == ""
    assert len(json.loads(ok(bullmq("clean", "--state", "wait", "--limit", 1, "--json")))) == 1
    ok(bullmq("add", "--name", "d", "--opts", '{"delay":600000}'))
    ok(bullmq("drain"))
    assert counts(bullmq)["wait"] == 0 and counts(bullmq)["delayed"] == 1
    ok(bullmq("drain", "--delayed"))
    assert counts(bullmq)["delayed"] == 0


def test_obliterate(bullmq, client, queue_name, tool):
    ok(bullmq("add", "--name", "a"))
    tool.work("sleep 60", "--grace", "0")
    until(lambda: counts(bullmq)["active"] == 1)
    done = bullmq("obliterate")
    assert done.returncode == 1 and "active" in done.stderr
    tool.stop()
    ok(bullmq("obliterate"))
    assert list(client.scan_iter(f"bull:{queue_name}:*")) in ([], [f"bull:{queue_name}:1:lock"])


# Watching.


def test_events(bullmq, redis_url, queue_name, tool):
    follower = subprocess.Popen([binary("bullmq"), "events", "--queue", queue_name, "--redis", redis_url, "--follow", "--json"], stdout=subprocess.PIPE, text=True)
    try:
        client = redis.Redis.from_url(redis_url, decode_responses=True)
        until(lambda: any(":qe" in entry["name"] for entry in client.client_list()))
        ok(bullmq("add", "--name", "e"))
        tool.work("""echo '{"v":1}'""")
        heard = [json.loads(follower.stdout.readline()) for _ in range(5)]
        assert [(event["event"], event.get("jobId")) for event in heard] == [("added", "1"), ("waiting", "1"), ("active", "1"), ("completed", "1"), ("drained", None)]
        assert heard[3]["returnvalue"] == {"v": 1} and heard[0]["name"] == "e"
    finally:
        follower.send_signal(signal.SIGTERM)
        follower.wait(timeout=20)
    past = [json.loads(line) for line in ok(bullmq("events", "--json")).splitlines()]
    assert past == heard
    assert [json.loads(line) for line in ok(bullmq("events", "--json", "--after", heard[2]["id"])).splitlines()] == heard[3:]
    assert "completed  1  returnvalue=" in ok(bullmq("events"))


def test_stats(bullmq, tool):
    ok(bullmq("add", "--name", "s", "--opts", '{"delay":600000}'))
    ok(bullmq("pause"))
    text = ok(bullmq("stats"))
    assert "PAUSED" in text and any(line.split()[:2] == ["delayed", "1"] for line in text.splitlines())
    ok(bullmq("resume"))
    tool.work("true", "--name", "w9")
    ok(bullmq("add", "--name", "s"))
    until(lambda: counts(bullmq)["completed"] == 1)
    looks = [json.loads(line) for line in ok(bullmq("stats", "--watch", "--interval", "100ms", "--times", 3, "--json")).splitlines()]
    assert len(looks) == 3 and looks[0]["completed"] == 1 and looks[0]["workers"] == 1 and "perSecond" in looks[2] and "perSecond" not in looks[0]
    assert "w9" in ok(bullmq("stats"))
    assert 'bullmq_job_count{queue="' in ok(bullmq("stats", "--prometheus"))


def test_stats_in_a_terminal(redis_url, queue_name):
    """The live view redraws in place."""
    import pty

    leader, follower = pty.openpty()
    viewer = subprocess.Popen(
        [binary("bullmq"), "stats", "--queue", queue_name, "--redis", redis_url, "--watch", "--interval", "100ms", "--times", "3"], stdout=follower)
    os.close(follower)
    text = b""
    while True:
        try:
            chunk = os.read(leader, 4096)
        except OSError:
            break
        if not chunk:
            break
        text += chunk
    assert viewer.wait(timeout=20) == 0 and text.count(b"\x1b[H\x1b[2J") == 3 and b"per second" in text
    os.close(leader)


def test_bench(bullmq, client, queue_name):
    answer = json.loads(ok(bullmq("bench", "--jobs", 2000, "--json")))
    assert answer["jobs"] == 2000 and answer["addedPerSecond"] > 0 and answer["processedPerSecond"] > 0
    assert list(client.scan_iter(f"bull:{queue_name}:*")) == []
    ok(bullmq("add", "--name", "mine"))
    done = bullmq("bench", "--jobs", 10)
    assert done.returncode == 1 and "not empty" in done.stderr and counts(bullmq)["wait"] == 1


# Working.


def finished(bullmq, job, state):
    return until(lambda: (found := json.loads(ok(bullmq("get", job, "--json"))))["state"] == state and found)


def test_work_fails_with_the_commands_words(bullmq, tool):
    cases = [("echo no >&2; exit 3", "no"), ("exit 3", "command exited(3)"), ("no-such-command-here", "not found"), ("kill -9 $$", "command")]
    for command, reason in cases:
        job = ok(bullmq("add", "--name", "f"))
        worker = tool.work(command)
        found = finished(bullmq, job, "failed")
        assert reason in found["failedReason"], (command, found)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=40) == 0


def test_work_gets_the_job(bullmq, tool):
    job = ok(bullmq("add", "--name", "look", "--data", '{"deep":[{"a":null}]}', "--opts", '{"priority":3,"attempts":2}'))
    tool.work("cat", "--name", "w1")
    seen = finished(bullmq, job, "completed")["returnvalue"]
    assert seen["id"] == job and seen["name"] == "look" and seen["data"] == {"deep": [{"a": None}]} and seen["opts"]["attempts"] == 2
    assert seen["attemptsMade"] == 0 and seen["attemptsStarted"] == 1 and seen["priority"] == 3
    assert json.loads(ok(bullmq("get", job, "--json")))["processedBy"] == "w1"


def test_work_with_much_of_everything(bullmq, tool, tmp_path):
    """Megabytes in and out; errors without end are no failure, an endless answer is."""
    (tmp_path / "data").write_text(json.dumps({"name": "big", "data": {"text": "x" * 3_000_000}}))
    job = ok(bullmq("add-bulk", stdin=(tmp_path / "data").read_text()))
    worker = tool.work("head -c 30000000 /dev/zero >&2; cat | wc -c")
    assert finished(bullmq, job, "completed")["returnvalue"] > 3_000_000
    worker.send_signal(signal.SIGTERM)
    worker.wait(timeout=40)
    job = ok(bullmq("add", "--name", "unread", "--data", json.dumps("y" * 2_000_000)[:100_000] + '"'))
    worker = tool.work("printf '\"'; head -c 10000000 /dev/zero | tr '\\0' z; printf '\"'")
    assert len(finished(bullmq, job, "completed")["returnvalue"]) == 10_000_000
    worker.send_signal(signal.SIGTERM)
    worker.wait(timeout=40)
    job = ok(bullmq("add", "--name", "endless"))
    tool.work("yes")
    assert "more than 16 MiB" in finished(bullmq, job, "failed")["failedReason"]


def test_timeout_stops_the_whole_group(bullmq, tool, tmp_path):
    job = ok(bullmq("add", "--name", "slow"))
    # A child in the background that ignores SIGTERM, and goes on writing.
    command = f"(trap '' TERM; while true; do date +%s%N > {tmp_path}/alive; sleep 0.05; done) & echo $! > {tmp_path}/child; sleep 100"
    tool.work(command, "--timeout", "2500ms")
    found = finished(bullmq, job, "failed")
    assert "2500 ms" in found["failedReason"]
    child = int((tmp_path / "child").read_text())
    until(lambda: not os.path.exists(f"/proc/{child}") or open(f"/proc/{child}/stat").read().split()[2] == "Z", 20)
    before = (tmp_path / "alive").read_text()
    time.sleep(0.3)
    assert (tmp_path / "alive").read_text() == before


def test_sigterm_lets_jobs_finish(bullmq, tool, tmp_path):
    job = ok(bullmq("add", "--name", "slow"))
    ok(bullmq("add", "--name", "next"))
    worker = tool.work(f"touch {tmp_path}/begun; sleep 3; echo done")
    until((tmp_path / "begun").exists)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=40) == 0
    assert json.loads(ok(bullmq("get", job, "--json")))["returnvalue"] == "done"
    assert counts(bullmq)["wait"] == 1 and counts(bullmq)["active"] == 0


@pytest.mark.parametrize("signals, grace", [(1, "200ms"), (2, "60s")])
def test_sigterm_hands_back_what_does_not_finish(bullmq, tool, tmp_path, client, queue_name, signals, grace):
    job = ok(bullmq("add", "--name", "slow"))
    worker = tool.work(f"echo $$ > {tmp_path}/pid; sleep 100", "--grace", grace)
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())
    for _ in range(signals):
        worker.send_signal(signal.SIGTERM)
        time.sleep(0.2)
    assert worker.wait(timeout=40) == 0
    found = json.loads(ok(bullmq("get", job, "--json")))
    assert found["state"] == "wait" and found["attemptsMade"] == 0 and client.exists(f"bull:{queue_name}:{job}:lock") == 0
    assert not os.path.exists(f"/proc/{(tmp_path / 'pid').read_text().strip()}")


def test_work_keeps_what_it_is_told(bullmq, tool):
    ok(bullmq("add-bulk", stdin="\n".join('{"name":"k"}' for _ in range(9))))
    tool.work("true", "--keep-completed", "2", "--concurrency", "3")
    until(lambda: counts(bullmq)["wait"] == 0 and counts(bullmq)["active"] == 0)
    assert counts(bullmq)["completed"] == 2


# Groups.


def test_groups_and_explain(bullmq, client, queue_name):
    for name, path in [("a", ["acme", "orders"]), ("b", ["acme", "orders"]), ("c", ["a/b"])]:
        ok(bullmq("add", "--name", name, "--data", "{}", "--opts", json.dumps({"jobId": name, "group": path})))
    ok(bullmq("groups set", "acme", "--weight", "4", "--concurrency", "2", "--rate", "10", "--per", "1s"))
    found = [json.loads(line) for line in ok(bullmq("groups list", "--json")).splitlines()]
    assert [group["path"] for group in found] == [["a/b"], ["acme"], ["acme", "orders"]]
    assert found[1] | {"oldestWaiting": 0} == {
        "path": ["acme"], "waiting": 2, "active": 0, "delayed": 0, "groups": 1, "weight": 4, "paused": False, "ordered": False,
        "concurrency": 2, "rate": {"max": 10, "duration": 1000}, "oldestWaiting": 0, "limitedUntil": None}
    assert "acme/orders" in ok(bullmq("groups list")) and "a%2Fb" in ok(bullmq("groups list"))
    assert counts(bullmq)["wait"] == 3 and client.llen(f"bull:{queue_name}:wait") == 0
    assert json.loads(ok(bullmq("explain", "a", "--json"))) == {"reason": "noWorkerConnected"}
    ok(bullmq("groups pause", "acme/orders"))
    assert ok(bullmq("explain", "a")) == "group paused: acme/orders"
    assert json.loads(ok(bullmq("groups get", "acme/orders", "--json")))["paused"]
    ok(bullmq("groups resume", "acme/orders"))
    assert 'bullmq_group_job_count{queue="%s",state="waiting"} 3' % queue_name in ok(bullmq("stats", "--prometheus"))
    assert "acme" not in ok(bullmq("stats", "--prometheus"))
    assert ok(bullmq("groups drain", "acme")) == "2"
    ok(bullmq("groups drain", "a%2Fb"))
    ok(bullmq("groups set", "acme"))
    assert bullmq("groups get", "acme").returncode == 2 and bullmq("explain", "a").returncode == 2
    assert [key for key in client.keys(f"bull:{queue_name}:sw:*")] == []
