"""Settings in files, and the commands that look at them: `config` and `doctor`."""

import json

from .postgres import PASSWORD

# Must never be seen; long enough for every secret.
HUNTER = "hunter2-hunter2-hunter2-hunter2-hunter2"


class Folder:
    """A working directory with a `.env`."""

    def __init__(self, path):
        self.path = path

    def write(self, text, name=".env"):
        file = self.path / name
        file.write_text(text)
        file.chmod(0o600)


def without_all(environment):
    return {name: None for name in environment.settings}


def config(environment, *arguments, check=True, **changes):
    """The settings by name, and the whole answer."""
    result = environment.run("config", "--json", *arguments, check=check, **changes)
    answer = json.loads(result.stdout)
    assert result.returncode == (0 if answer["valid"] else 2)
    return {setting["name"]: setting for setting in answer["settings"]}, answer


def doctor(environment, *arguments, expect, **changes):
    """The findings by name; the exit code must be as expected, and no secret among it all."""
    result = environment.run("doctor", "--json", *arguments, check=False, **changes)
    text = result.stdout + result.stderr
    assert result.returncode == expect, text
    for secret in (PASSWORD, environment.secret, environment.settings["ENCRYPTION_KEYS"][2:], HUNTER):
        assert secret not in text
    answer = json.loads(result.stdout)
    assert answer["ok"] == (expect == 0)
    assert all((finding["level"] == "ok") == (finding["remedy"] is None) for finding in answer["findings"])
    return {finding["check"]: finding for finding in answer["findings"]}
