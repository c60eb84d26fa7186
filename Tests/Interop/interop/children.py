"""Child processes that end with the tests, however the tests end."""

import atexit
import os
import shutil
import signal
import subprocess
import threading

_living = set()


class Child:
    """One process with its output in a file. Start children from the main thread: they die with the thread that started them."""

    def __init__(self, name, command, log_path, env=None, user=None, death_signal=signal.SIGKILL, cwd=None):
        assert threading.current_thread() is threading.main_thread(), "start children from the main thread"
        self.name = name
        self.log_path = log_path
        self._log_start = os.path.getsize(log_path) if os.path.exists(log_path) else 0
        with open(log_path, "ab") as log:
            self.process = subprocess.Popen(
                _wrapped(command, user, death_signal), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env,
                start_new_session=True, cwd=cwd)
        _living.add(self)

    @property
    def pid(self):
        return self.process.pid

    @property
    def is_running(self):
        return self.process.poll() is None

    def send(self, number):
        if self.is_running:
            os.kill(self.pid, number)

    def wait(self, timeout):
        """The exit code; negative is a signal."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not end within {timeout} s\n{self.tail()}") from None
        _living.discard(self)
        return code

    def kill(self):
        """kill -9, and gone when this returns."""
        self.send(signal.SIGKILL)
        self.wait(10)

    def terminate_later(self):
        """SIGTERM, without waiting for what comes of it."""
        self.send(signal.SIGTERM)

    def terminate(self, timeout=30):
        """SIGTERM, then the exit code."""
        self.terminate_later()
        return self.wait(timeout)

    def end(self, number=signal.SIGTERM, timeout=10):
        """Ends it one way or the other; never fails."""
        self.send(signal.SIGCONT)
        self.send(number)
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        _living.discard(self)

    def output(self):
        """What this process wrote; the file may begin with what earlier ones did."""
        with open(self.log_path, "rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def tail(self, lines=30):
        last = "\n".join("    " + line for line in self.output().splitlines()[-lines:])
        return f"{self.name} ({self.log_path}) ended with:\n{last or '    (nothing)'}"


def _wrapped(command, user, death_signal):
    setpriv = shutil.which("setpriv")
    change = bool(user) and os.geteuid() == 0
    if setpriv:
        options = ["--pdeathsig", signal.Signals(death_signal).name[3:]]
        if change:
            options += ["--reuid", user, "--regid", user, "--init-groups"]
        return [setpriv, *options, "--", *command]
    return ["runuser", "-u", user, "--", *command] if change else list(command)


def run(command, env=None, user=None, timeout=60, check=True, cwd=None):
    """Runs a command to its end; its result has `returncode`, `stdout` and `stderr` as text."""
    result = subprocess.run(
        _wrapped(command, user, signal.SIGKILL), stdin=subprocess.DEVNULL, capture_output=True, text=True, env=env, timeout=timeout,
        cwd=cwd)
    if check and result.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} exited with {result.returncode}\n{result.stdout}{result.stderr}")
    return result


@atexit.register
def _end_all():
    for child in list(_living):
        child.end(signal.SIGKILL)
