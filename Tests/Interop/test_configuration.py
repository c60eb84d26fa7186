"""Settings: where they come from, `config`, and what every process does with settings it cannot use."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import tempfile

import pytest
import requests

from interop.children import run
from interop.ports import free_port
from interop.stack import Cluster, binary
from interop.waiting import wait_until
from interop.settings import HUNTER, Folder, config, without_all


@pytest.fixture(scope="module")
def stores():
    """Stores of this file's own: its tests spoil them."""
    stores = Cluster("config")
    yield stores
    stores.stop()


@pytest.fixture(scope="module")
def environment(stores):
    return stores.environment("config")


@pytest.fixture()
def folder(tmp_path):
    return Folder(tmp_path)


def test_command_line_environment_file_default(environment, folder):
    folder.write("# ours\nPOOL_MAX=1\nWORKER_CONCURRENCY=1\nSHUTDOWN_GRACE=PT1S\nLOG_LEVEL=\n")
    settings, answer = config(
        environment, "--pool-max", "3", "--set", "REQUEST_TIMEOUT=PT3S", cwd=folder.path, POOL_MAX="2", WORKER_CONCURRENCY="2", LOG_LEVEL="")
    found = {name: (settings[name]["value"], settings[name]["origin"]) for name in settings}
    assert found["POOL_MAX"] == ("3", {"kind": "command-line", "option": "--pool-max"})
    assert found["REQUEST_TIMEOUT"] == ("PT3S", {"kind": "command-line", "option": "--set"})
    assert found["WORKER_CONCURRENCY"] == ("2", {"kind": "environment", "variable": "WORKER_CONCURRENCY"})
    assert found["SHUTDOWN_GRACE"] == ("PT1S", {"kind": "file", "file": ".env", "line": 4})
    assert found["LOG_LEVEL"] == ("info", {"kind": "default"})
    assert answer["mode"] == "serve" and answer["warnings"] == []
    text = environment.run("config", "--pool-max", "3", cwd=folder.path).stdout
    assert re.search(r"^POOL_MAX +3 \(8 for each process\) +the command line, --pool-max$", text, re.M), text
    assert re.search(r"^SHUTDOWN_GRACE +PT1S +\.env, line 4$", text, re.M), text


def test_serve_with_nothing_but_a_file(environment, folder):
    port = free_port()
    settings = {**environment.settings, "PORT": "1", "BASE_URL": ""}
    folder.write("".join(f"export {name}='{value}'\n" for name, value in settings.items()))
    child = environment.start("serve", "--port", str(port), cwd=folder.path, **without_all(environment))
    environment.wait_until_ready(child, f"http://127.0.0.1:{port}")
    assert child.terminate() == 0, child.tail()


def test_another_file(environment, folder):
    folder.write("LOG_LEVEL=debug\n", name="other")
    assert config(environment, "--env-file", "other", cwd=folder.path, LOG_LEVEL=None)[0]["LOG_LEVEL"]["value"] == "debug"


def test_files_that_are_none(environment, folder):
    """Whatever can be read will do, once: a pipe has its content no second time."""
    arguments = [binary("mainstay"), "doctor", "serve", "--json", "--env-file"]
    variables = environment.variables(LOG_LEVEL=None, POOL_MAX=None)
    text = "# from a pipe\nPOOL_MAX=1000\n"

    def capacity(result):
        assert result.returncode == 1, result.stdout + result.stderr
        findings = {finding["check"]: finding for finding in json.loads(result.stdout)["findings"]}
        assert "settings.file" not in findings, "whose permissions are nobody's business"
        return findings["postgresql.max_connections"]["seen"]

    given = subprocess.run([*arguments, "/dev/stdin"], input=text, capture_output=True, text=True, env=variables, cwd=folder.path, timeout=60)
    assert "2002 for each" in capacity(given)
    substituted = ["bash", "-c", '"$@" <(printf "$TEXT")', "-", *arguments]
    given = subprocess.run(substituted, capture_output=True, text=True, env={**variables, "TEXT": text}, cwd=folder.path, timeout=60)
    assert "2002 for each" in capacity(given)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(text.encode())
        ours.shutdown(socket.SHUT_WR)
        given = subprocess.run([*arguments, "/dev/stdin"], stdin=theirs, capture_output=True, text=True, env=variables, cwd=folder.path, timeout=60)
    assert "2002 for each" in capacity(given)


@pytest.mark.parametrize("command", ["config", "serve", "doctor", "migrate"])
def test_files_that_cannot_be_read(environment, tmp_path, command):
    (tmp_path / "large").write_text("#" * (1 << 20) + "\n")
    (tmp_path / "binary").write_bytes(b"PORT=\xff\n")
    for name, words in {
            "missing": "missing does not exist; make it", "": "--env-file needs the name of a file", ".": ". is a folder; name a file in it",
            "large": "large is larger than 1 MiB", "binary": "binary is not UTF-8 text; save it as such", "/dev/zero": "/dev/zero is larger"}.items():
        result = environment.run(command, "--env-file", name, cwd=tmp_path, check=False, timeout=20)
        assert result.returncode == 2 and result.stdout == "", result.stdout
        assert re.fullmatch(rf"mainstay: .*{re.escape(words)}.*\n", result.stderr), result.stderr


def test_file_of_somebody_else(environment):
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = f"{folder}/locked"
        with open(path, "w", encoding="utf-8") as file:
            file.write("PORT=1\n")
        os.chmod(path, 0)
        result = run([binary("mainstay"), "config", "--env-file", path], env=environment.variables(), user=user, check=False, cwd=folder)
    assert result.returncode == 2
    assert re.fullmatch(rf"mainstay: .*{path} may not be read by this user; give it the right to.*\n", result.stderr), result.stderr


def test_dev_uses_the_stores_it_is_given(environment, folder):
    port = free_port()
    given = {name: environment.settings[name] for name in ("DATABASE_URL", "REDIS_URL")}
    child = environment.start("dev", "--port", str(port), cwd=folder.path, **{**without_all(environment), **given})
    url = f"http://127.0.0.1:{port}"
    environment.wait_until_ready(child, url)
    assert requests.get(f"{url}/health", timeout=5).status_code == 200
    assert not (folder.path / ".mainstay/data/postgres").exists() and not (folder.path / ".mainstay/data/redis").exists()
    secrets = folder.path / ".mainstay/secrets.json"
    assert stat.S_IMODE(os.stat(secrets).st_mode) == 0o600
    assert child.terminate() == 0, child.tail()
    for secret in json.loads(secrets.read_text()).values():
        assert secret not in child.output()


def test_requests_end_at_the_timeout_that_is_set(stores, environment):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    child = environment.serve(PORT=str(port), BASE_URL=url, REQUEST_TIMEOUT="PT1S")
    stores.postgres.freeze()
    try:
        # Well before the default of 20 seconds.
        answer = requests.post(
            f"{url}/api/auth/sign-up/email", json={"email": "a@example.com", "password": "long-enough", "name": "A"}, timeout=12)
        assert answer.status_code == 503, answer.text
    finally:
        stores.postgres.thaw()
    child.end()


@pytest.mark.parametrize("command", ["serve", "worker", "dev"])
def test_every_problem_at_once(environment, folder, command):
    folder.write(f"ENCRYPTION_KEYS={HUNTER}\nPOOL_MAX=\"{HUNTER}\nSHUTDOWN_GRACE={HUNTER}\nTRUSTED_PROXIES=10.0.0.1,{HUNTER}\n")
    result = environment.run(
        command, "--worker-concurrency", HUNTER, "--databse-url", f"postgres://u:{HUNTER}@h", cwd=folder.path, check=False, timeout=10,
        **{**without_all(environment), "DATABASE_URL": f"mysql://u:{HUNTER}@h", "METRICS_TOKEN": "hunter2", "PORT": "http"})
    text = result.stdout + result.stderr
    assert result.returncode == 2, text
    for line in [
        r"DATABASE_URL \(from the environment, DATABASE_URL\) must be a PostgreSQL URL, such as postgresql://",
        r"METRICS_TOKEN \(from the environment, METRICS_TOKEN\) must be 16 to 500 .*, such as the output of: openssl",
        r"PORT \(from the environment, PORT\) must be a whole number from 1 to 65535, such as 8080",
        r"ENCRYPTION_KEYS \(from \.env, line 1\) must be a comma list of number:base64",
        r"POOL_MAX \(from \.env, line 2\) begins a quotation that does not end",
        r"SHUTDOWN_GRACE \(from \.env, line 3\) must be an ISO 8601 duration .*, such as PT1M",
        r"TRUSTED_PROXIES \(from \.env, line 4\) must be .*, such as 10\.0\.0\.0/8.*: entry 2 of 2 is not",
        r"WORKER_CONCURRENCY \(from the command line, --worker-concurrency\) must be a whole number",
        r"--databse-url is no option; did you mean --database-url\?",
    ]:
        assert re.search(line, text), f"{line}\n{text}"
    for name in ("REDIS_URL", "BETTER_AUTH_SECRET"):
        assert (f"{name} is not set" in text) == (command != "dev"), text
    assert "hunter2" not in text
    assert not (folder.path / ".mainstay").exists(), "nothing is made before the settings are good"


@pytest.mark.parametrize("command", ["serve", "worker", "config", "migrate", "doctor"])
def test_one_unfinished_quotation_is_one_problem(environment, folder, command):
    lines = [f'{name}="{value}"\n' for name, value in environment.settings.items()]
    lines.insert(0, lines.pop([line.startswith("DATABASE_URL") for line in lines].index(True)).replace('"\n', "\n"))
    folder.write("".join(lines))
    result = environment.run(command, cwd=folder.path, check=False, timeout=20, **without_all(environment))
    assert result.returncode == (1 if command == "doctor" else 2)
    text = result.stdout + result.stderr
    assert text.count("DATABASE_URL (from .env, line 1) begins a quotation that does not end") == 1, text
    assert "is not set;" not in text and "is not NAME=value" not in text and "`mainstay dev` would" not in text, text
    if command == "doctor":
        assert re.findall(r"^problem +(\S+):", text, re.M) == ["settings.DATABASE_URL"] and "redis.version" in text, text


def test_migrate_needs_the_database_alone(environment, folder):
    nothing = without_all(environment)
    assert environment.run("migrate", "--database-url", environment.settings["DATABASE_URL"], cwd=folder.path, **nothing).returncode == 0
    result = environment.run("migrate", cwd=folder.path, check=False, **nothing)
    assert result.returncode == 2 and "DATABASE_URL is not set" in result.stderr and "REDIS_URL" not in result.stderr


def test_slips_are_pointed_out(environment, folder):
    folder.write("SHUTDWON_GRACE=PT1S\nSOMETHING_ELSE=1\n")
    _, answer = config(environment, cwd=folder.path, POOL_MXA="1")
    assert answer["warnings"] == [
        "the environment, POOL_MXA is no setting; did you mean POOL_MAX?",
        ".env, line 1, SHUTDWON_GRACE is no setting; did you mean SHUTDOWN_GRACE?"]
    child = environment.start("worker", cwd=folder.path)
    lines = wait_until(
        lambda: [line for line in child.output().splitlines() if "SHUTDWON_GRACE" in line], 20, lambda: f"it is logged. {child.tail()}")
    assert json.loads(lines[0])["level"] == "warning"
    child.end()


def test_config_shows_no_secret(environment, folder):
    folder.write(
        f"DATABASE_URL=postgresql://user:{HUNTER}@db.example.com/x?sslmode=require&password={HUNTER}\n"
        f"REDIS_URL=rediss://user:{HUNTER}@cache.example.com:6380/1\nBETTER_AUTH_SECRET={HUNTER}\nMETRICS_TOKEN={HUNTER}\n"
        "ENCRYPTION_KEYS=1:aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMjIyMjI=\n")
    nothing = without_all(environment)
    settings, _ = config(environment, cwd=folder.path, **nothing)
    assert settings["DATABASE_URL"]["value"] == "postgresql://user:***@db.example.com:5432/x?sslmode=require"
    assert settings["REDIS_URL"]["value"] == "rediss://user:***@cache.example.com:6380/1"
    assert settings["METRICS_TOKEN"]["value"] == settings["BETTER_AUTH_SECRET"]["value"] == f"set ({len(HUNTER)} characters)"
    for arguments in ((), ("--json",), ("worker",), ("dev", "--json")):
        result = environment.run("config", *arguments, cwd=folder.path, **nothing)
        assert "hunter2" not in result.stdout + result.stderr and "aHVudGVy" not in result.stdout


def test_config_shows_what_is_used(environment, folder):
    folder.write(
        "DATABASE_URL=postgres://user@db.example.com/x\nREDIS_URL=redis://cache.example.com\nBASE_URL=\nHOST=::1\nPORT=0080\n"
        "REQUEST_TIMEOUT=PT90S\nTRUSTED_PROXIES='10.0.0.1/32 , FD00:0::/8'\nMAIL_TEMPLATES=mail\nPOOL_MAX=007\nLOG_LEVEL=DEBUG\n")
    settings, _ = config(environment, cwd=folder.path, **without_all(environment), check=False)
    assert settings["DATABASE_URL"]["value"].startswith("postgresql://user@db.example.com:5432/x?sslmode=verify-full")
    for name, value in {
            "REDIS_URL": "redis://cache.example.com:6379/0", "PORT": "80", "BASE_URL": "http://[::1]", "REQUEST_TIMEOUT": "PT1M30S",
            "TRUSTED_PROXIES": "10.0.0.1,fd00::/8", "MAIL_TEMPLATES": f"{folder.path}/mail", "POOL_MAX": "7", "LOG_LEVEL": "debug"}.items():
        assert settings[name]["value"] == value, settings[name]
    assert settings["POOL_MAX"]["effect"] == "16 for each process"
    assert settings["REQUEST_TIMEOUT"]["origin"] == {"kind": "file", "file": ".env", "line": 6}


def test_config_shows_no_value_that_cannot_be_used(environment, folder):
    folder.write("POOL_MAX='hunter2\nSHUTDOWN_GRACE=hunter2\n")
    settings, answer = config(environment, check=False, cwd=folder.path, PORT="hunter2", BASE_URL=None)
    assert not answer["valid"] and {problem["name"] for problem in answer["problems"]} == {"PORT", "POOL_MAX", "SHUTDOWN_GRACE"}
    for name in ("PORT", "POOL_MAX", "SHUTDOWN_GRACE"):
        assert settings[name]["value"] is None and settings[name]["problem"], settings[name]
    assert settings["BASE_URL"]["value"] is None, "what follows from PORT"
    result = environment.run("config", check=False, cwd=folder.path, PORT="hunter2", BASE_URL=None)
    assert result.returncode == 2 and "hunter2" not in result.stdout + result.stderr
    assert re.search(r"^PORT +not valid \(7 characters\) +the environment, PORT$", result.stdout, re.M), result.stdout
    assert re.search(r"^POOL_MAX +not valid +\.env, line 1$", result.stdout, re.M), result.stdout


@pytest.mark.parametrize("arguments", [
    ("--set", f"postgresql://u:{HUNTER}@h/db?sslmode=require"), ("--set", f"1:{HUNTER}="), ("--set", HUNTER), ("--set", f"PORT={HUNTER}"),
    (f"--postgresql://u:{HUNTER}@h/db",), (f"--{HUNTER}",), (f"-{HUNTER}=x",), (f"--port={HUNTER}",), (HUNTER,), ("--prot", HUNTER)])
def test_no_argument_in_a_wrong_place_is_said_again(environment, folder, arguments):
    result = environment.run("config", *arguments, check=False, cwd=folder.path)
    assert result.returncode != 0 and HUNTER not in result.stdout + result.stderr


def test_example_is_the_committed_one_and_sets_nothing(environment, folder):
    text = environment.run("config", "--example").stdout
    repository = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with open(f"{repository}/.env.example", encoding="utf-8") as file:
        assert file.read() == text
    folder.write(text)
    settings, _ = config(environment, "dev", cwd=folder.path, **without_all(environment))
    assert {setting["origin"]["kind"] for setting in settings.values()} == {"default", "dev"}


@pytest.mark.parametrize("arguments", [("config", "--example"), ("config", "serve"), ("openapi",), ("doctor", "--json"), ("version",)])
def test_an_answer_that_is_lost_is_a_failure(environment, arguments):
    """On a full disk; a reader who has seen enough has lost nothing."""
    command = [binary("mainstay"), *arguments]
    with open("/dev/full", "wb") as full:
        lost = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment.variables(), timeout=60)
    assert lost.returncode == 1 and "No space left on device" in lost.stderr, lost
    reader, writer = os.pipe()
    os.close(reader)
    gone = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, env=environment.variables(), timeout=60)
    os.close(writer)
    assert (gone.returncode, gone.stderr) in [(0, ""), (-signal.SIGPIPE, "")], gone


def test_an_answer_waits_for_its_reader(environment):
    """Whoever shares the pipe may have made it non-blocking, and it holds less than the answer."""
    whole = environment.run("openapi").stdout
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    child = subprocess.Popen([binary("mainstay"), "openapi"], stdout=writer, env=environment.variables())
    os.close(writer)
    with open(reader, encoding="utf-8") as answer:
        assert answer.read() == whole
    assert child.wait(30) == 0 and len(whole) > 65536


@pytest.mark.parametrize("command", ["serve", "config", "doctor", "migrate"])
def test_help_names_every_setting(environment, command):
    text = environment.run(command, "--help").stdout
    for name in config(environment)[0]:
        assert f"--{name.lower().replace('_', '-')}" in re.sub(r"\s+", "", text).replace("–", "--"), name
