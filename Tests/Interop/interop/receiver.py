"""A destination for deliveries that keeps what it got and judges it with the PyPI package `standardwebhooks`."""

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook

from interop.ports import free_port


@dataclass
class Delivery:
    """One request, kept the moment it has arrived and before it is answered."""

    path: str
    headers: dict
    body: bytes
    received_at: float = field(default_factory=time.time)

    @property
    def id(self):
        return self.headers.get("webhook-id")

    @property
    def attempt(self):
        return int(self.headers["mainstay-attempt"])


class Endpoint:
    """One path of the receiver."""

    def __init__(self, receiver, name, statuses):
        self.receiver = receiver
        self.path = f"/{name}"
        self.url = f"{receiver.url}{self.path}"
        self.statuses = list(statuses)
        self.deliveries = []
        self._gate = threading.Event()
        self._gate.set()

    def hold(self):
        """From now on requests arrive and are not answered, until `release`."""
        self._gate.clear()

    def release(self):
        self._gate.set()

    def ids(self):
        return {delivery.id for delivery in self.of()}

    def of(self, message_id=None):
        with self.receiver.changed:
            return [d for d in self.deliveries if message_id is None or d.id == message_id]

    def wait_for(self, message_ids, timeout=30, why=None):
        """Waits until each message arrived at least once. `why` may explain a message that did not."""
        message_ids = set(message_ids)

        def arrived():
            return message_ids <= {d.id for d in self.deliveries}

        if not self.receiver.wait(arrived, timeout):
            missing = sorted(message_ids - self.ids())
            explanation = f"; {missing[0]}: {why(missing[0])}" if why else ""
            raise AssertionError(f"{len(missing)} of {len(message_ids)} messages did not arrive within {timeout} s{explanation}")

    def wait_for_count(self, count, timeout=30):
        if not self.receiver.wait(lambda: len(self.deliveries) >= count, timeout):
            raise AssertionError(f"{len(self.deliveries)} of {count} deliveries on {self.path} within {timeout} s")
        return self.of()

    def _answer(self, delivery):
        with self.receiver.changed:
            self.deliveries.append(delivery)
            status = self.statuses[min(len(self.deliveries), len(self.statuses)) - 1]
            self.receiver.changed.notify_all()
        self._gate.wait(60)
        return status


class Receiver:
    """An HTTP server on a free loopback port, a thread a connection."""

    def __init__(self):
        self.changed = threading.Condition()
        self.endpoints = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Headers and body go out in one segment each; waiting for more would cost 40 ms an answer.
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                endpoint = receiver.endpoints.get(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = endpoint._answer(Delivery(self.path, headers, body)) if endpoint else 404
                text = b"thank you\n" if status < 300 else b"not today\n"
                try:
                    self.send_response(status)
                    self.send_header("content-type", "text/plain")
                    self.send_header("content-length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)
                    self.wfile.flush()
                except OSError:
                    self.close_connection = True  # The sender was killed while it waited.

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_):
                pass  # A sender that was killed breaks its connection.

        self.server = Server(("127.0.0.1", free_port()), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def endpoint(self, name, *statuses):
        """A new path. Its requests are answered with the statuses in turn, the last one over and over; 200 by default."""
        endpoint = Endpoint(self, name, statuses or (200,))
        self.endpoints[endpoint.path] = endpoint
        return endpoint

    def wait(self, condition, timeout):
        with self.changed:
            return self.changed.wait_for(condition, timeout)

    def stop(self):
        for endpoint in self.endpoints.values():
            endpoint.release()
        self.server.shutdown()
        self.server.server_close()


def verify(delivery, secret):
    """Raises unless `standardwebhooks` finds the delivery signed with `secret`."""
    Webhook(secret).verify(delivery.body, delivery.headers, json_parse=False)
