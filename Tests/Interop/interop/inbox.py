"""A mail server that keeps what it receives."""

import email
import email.policy
import re

from aiosmtpd.controller import Controller

from .ports import free_port
from .waiting import wait_until


class Inbox(Controller):
    """Started when made; `url` is what SMTP_URL names."""

    def __init__(self):
        self.received = []
        super().__init__(self, hostname="127.0.0.1", port=free_port())
        self.url = f"smtp://127.0.0.1:{self.port}"
        self.start()

    async def handle_DATA(self, server, session, envelope):
        self.received.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 OK"

    def texts(self, to):
        """The plain texts of what an address got, the oldest first."""
        return [message.get_body(("plain",)).get_content() for receivers, message in list(self.received) if to in receivers]

    def link(self, to, pattern):
        """The newest link of that form that an address got; waits for one."""
        found = lambda: [one for text in self.texts(to) for one in re.findall(pattern, text)]
        return wait_until(found, 20, lambda: f"a mail to {to} with {pattern}: {self.texts(to)}")[-1]
