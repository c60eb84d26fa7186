"""The `queue-driver` executable: our library, driven operation by operation.

MAINSTAY_BIN_DIR says where the binary is (default: bin/ at the repository's root).
"""

import json
import subprocess


class Refused(Exception):
    """The library threw. `code` is a BullMQError's, or "other"."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class DriverEnded(Exception):
    """The driver's process is gone."""


class Driver:
    def __init__(self, path: str, redis_url: str):
        self.process = subprocess.Popen([path, redis_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.last = 0

    def call(self, op: str, **arguments):
        """Runs one operation and answers its result."""
        (answer,) = self.calls([{"op": op, **arguments}])
        if isinstance(answer, Refused):
            raise answer
        return answer

    def calls(self, operations: list) -> list:
        """Runs several at once, in no particular order; what the library threw stands at its place as a Refused."""
        answers = []
        for start in range(0, len(operations), 50):
            batch = operations[start : start + 50]
            first, self.last = self.last + 1, self.last + len(batch)
            lines = [json.dumps({"id": first + place, **operation}) + "\n" for place, operation in enumerate(batch)]
            self.process.stdin.write("".join(lines))
            self.process.stdin.flush()
            found = {}
            while len(found) < len(batch):
                line = self.process.stdout.readline()
                if not line:
                    raise DriverEnded(f"at {batch}")
                answer = json.loads(line)
                found[answer["id"]] = Refused(answer["error"], answer["message"]) if "error" in answer else answer["result"]
            answers += [found[number] for number in range(first, first + len(batch))]
        return answers

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(timeout=20) == 0
