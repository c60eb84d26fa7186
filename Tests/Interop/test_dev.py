"""`mainstay dev`: everything in one process, whose servers live and die with it."""

import os
import pathlib
import re
import shutil
import signal
import tempfile

import pytest
import requests

from interop.api import Team
from interop.children import Child, run
from interop.ports import free_port
from interop.stack import OUR_VARIABLES, binary
from interop.waiting import wait_until


class Dev:
    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.child = None

    def start(self, *arguments):
        environment = {name: value for name, value in os.environ.items() if name not in OUR_VARIABLES}
        self.child = Child(
            "mainstay dev", [binary("mainstay"), "dev", "--folder", f"{self.folder}/data", *arguments], f"{self.folder}/dev.log",
            env={**environment, "PORT": str(self.port)})

        def ready():
            assert self.child.is_running, self.child.tail()
            try:
                return requests.get(f"{self.base_url}/ready", timeout=2).status_code == 200
            except requests.RequestException:
                return False

        wait_until(ready, 60, lambda: f"dev is ready. {self.child.tail()}")

    def servers(self):
        """Processes that work in this folder, by what they were started with or where they are."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == self.child.pid:
                continue
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                place = os.readlink(entry / "cwd")
            except OSError:
                continue
            if self.folder in command or place.startswith(self.folder):
                found.append(command or place)
        return found


@pytest.fixture()
def dev():
    folder = tempfile.mkdtemp(prefix="mainstay-dev-", dir="/tmp")
    os.chmod(folder, 0o755)
    dev = Dev(folder)
    yield dev
    if dev.child:
        dev.child.end(signal.SIGTERM, timeout=40)
        wait_until(lambda: not dev.servers(), 40, lambda: f"servers ended: {dev.servers()}")
    shutil.rmtree(folder, ignore_errors=True)


def test_killed_dev_starts_again_at_once(dev):
    dev.start()
    killed = dev.child
    # Nobody asks how it ended, as in a container without an init.
    os.kill(killed.pid, signal.SIGKILL)
    dev.start()
    killed.wait(10)


def test_killed_dev_leaves_no_orphan_and_its_data(dev, receiver):
    dev.start()
    team = Team(dev.base_url)
    queue = team.queue(receiver.endpoint("dev").url)
    before = queue.publish({"n": 1})["id"]
    assert len(dev.servers()) > 3
    dev.child.kill()
    wait_until(lambda: not dev.servers(), 40, lambda: f"no orphan: {dev.servers()}")

    dev.start()
    assert queue.message(before)["id"] == before
    again = queue.publish({"n": 2})["id"]
    wait_until(lambda: queue.message(again)["state"] == "delivered", 30, lambda: f"delivered: {queue.message(again)}")
    assert dev.child.terminate(40) == 0
    wait_until(lambda: not dev.servers(), 40, lambda: f"no server stays: {dev.servers()}")


def test_seeded_dev_can_be_signed_in_to_also_the_second_time(dev):
    for _ in range(2):
        dev.start("--seed")
        answer = requests.post(
            f"{dev.base_url}/api/auth/sign-in/email", json={"email": "developer@example.com", "password": "development"},
            headers={"Origin": dev.base_url}, timeout=10)
        assert answer.status_code == 200, answer.text
        assert dev.child.terminate(40) == 0
    assert "Everything is there already." in dev.child.output()


def test_a_folder_that_cannot_be_made(dev):
    with open(f"{dev.folder}/file", "w", encoding="utf-8"):
        pass
    result = run([binary("mainstay"), "dev", "--folder", f"{dev.folder}/file/data"], cwd=dev.folder, check=False)
    assert result.returncode == 1
    assert re.fullmatch(r"mainstay: The folder \S+/file/data cannot be made.*--folder.*\n", result.stderr), result.stderr


def test_mail_is_shown_instead_of_sent(dev):
    dev.start()
    email = f"mail-{os.getpid()}@example.com"
    answer = requests.post(
        f"{dev.base_url}/api/auth/sign-up/email", json={"name": "<b>Ada</b>", "email": email, "password": "s3cret-password"}, timeout=30)
    assert answer.status_code == 200, answer.text

    def shown():
        page = requests.get(f"{dev.base_url}/dev/mail", timeout=10)
        return page if email in page.text else None

    page = wait_until(shown, 20, "the mail is in the mailbox")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Verify your e-mail address" in page.text
    link = re.search(r'href="([0-9a-f]{32})"', page.text)[1]
    letter = requests.get(f"{dev.base_url}/dev/mail/{link}", timeout=10).text
    assert "&lt;b&gt;Ada&lt;/b&gt;" in letter and "<b>Ada" not in letter
    url = re.search(r"http://\S+/api/auth/verify-email\?token=[^&\s]+", letter)[0]
    assert requests.get(url, timeout=10).json() == {"status": True, "user": None}
    assert requests.get(f"{dev.base_url}/dev/mail/nope", timeout=10).status_code == 404


def test_commands_in_its_folder_use_its_servers(dev):
    """Nothing is configured: a running `dev` in the folder is what a command works on, and says so."""
    dev.start()
    os.symlink(f"{dev.folder}/data", f"{dev.folder}/.mainstay")
    environment = {name: value for name, value in os.environ.items() if name not in OUR_VARIABLES}

    def command(*arguments, check=True):
        return run([binary("mainstay"), *arguments], cwd=dev.folder, env=environment, check=check)

    made = command("superadmin", "create", "--email", "operator@example.com")
    assert "mainstay dev" in made.stderr and "Made the operator" in made.stdout
    password = re.search(r"shown this once: (\S+)", made.stdout)[1]
    answer = requests.post(
        f"{dev.base_url}/api/auth/sign-in/email", json={"email": "operator@example.com", "password": password},
        headers={"Origin": dev.base_url}, timeout=10)
    assert answer.status_code == 200 and answer.json()["user"]["role"] == "admin", answer.text
    assert command("db", "status").returncode == 0
    assert command("config", "--json", "serve").stdout.startswith("{"), "an answer for programs has no other line"
    assert oct(os.stat(f"{dev.folder}/data/running.json").st_mode & 0o777) == "0o600"
    assert dev.child.terminate(40) == 0
    refused = command("superadmin", "create", "--email", "other@example.com", check=False)
    assert refused.returncode == 2 and "DATABASE_URL" in refused.stderr
