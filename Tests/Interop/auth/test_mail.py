"""Mail, received by aiosmtpd: STARTTLS, TLS, authentication, MIME, and what servers refuse."""

import datetime
import email
import email.policy
import ipaddress
import secrets
import ssl

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from interop.ports import free_port
from interop.waiting import wait_until

from .driver import Browser, unique_email


class Inbox:
    """Keeps what it receives; refuses receivers whose address says so."""

    def __init__(self):
        self.received = []
        self.tls = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refuse-"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.received.append((envelope, session.authenticated))
        self.tls.append(session.ssl is not None)
        return "250 OK"

    def find(self, to):
        return [one for one in self.received if to in one[0].rcpt_tos]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256()))
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()))
    return str(certificate), str(private)


def context(certificate):
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(*certificate)
    return made


class Server(Controller):
    """`tls` from the first byte, or offered by STARTTLS when `offered` is a context."""

    def __init__(self, inbox, tls=None, offered=None, password=None):
        self.tls, self.offered, self.password = tls, offered, password
        super().__init__(inbox, hostname="127.0.0.1", port=free_port(), ssl_context=tls)

    def factory(self):
        def check(server, session, envelope, mechanism, data):
            right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"mailer", self.password.encode())
            return AuthResult(success=right, handled=False, auth_data="mailer" if right else None)

        options = {"auth_required": True, "authenticator": check, "auth_require_tls": False} if self.password else {}
        return SMTP(self.handler, tls_context=self.offered, enable_SMTPUTF8=True, **options)


@pytest.fixture()
def inbox():
    return Inbox()


@pytest.fixture()
def start(inbox):
    servers = []

    def make(**options):
        server = Server(inbox, **options)
        server.start()
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.stop()


def ask_for_reset(auth, to):
    auth.browser().post("/sign-up/email", name="A", email=to, password="password123")
    assert auth.browser().post("/request-password-reset", email=to).status_code == 200


def test_a_message_arrives_whole(serve, start, inbox):
    server = start()
    auth = serve(smtp=f"smtp://127.0.0.1:{server.port}", fresh=True)
    to = unique_email()
    ask_for_reset(auth, to)
    (envelope, _), = wait_until(lambda: inbox.find(to), 20, "the message arrives")
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert envelope.mail_from == "auth@example.com" and message["To"] == to
    assert message["From"].addresses[0].display_name == "Prüfstand"
    assert message.get_content_type() == "multipart/alternative" and message["Message-ID"] and message["Date"].datetime
    plain, html = message.iter_parts()
    assert plain.get_content().strip() == "reset-password" and html.get_content().strip() == "<p>reset-password</p>"
    assert not message.defects and envelope.content.isascii()
    assert all(len(line) <= 78 for line in envelope.content.split(b"\r\n"))


def test_starttls_with_a_password(serve, start, inbox, certificate, monkeypatch):
    server = start(offered=context(certificate), password="s3cret:/@ä")
    url = f"smtp://mailer:s3cret%3A%2F%40%C3%A4@127.0.0.1:{server.port}?tls=starttls"
    auth = serve(smtp=url, certificateAuthorities=certificate[0], fresh=True)
    to = unique_email()
    ask_for_reset(auth, to)
    (_, authenticated), = wait_until(lambda: inbox.find(to), 20, "the message arrives")
    assert authenticated and inbox.tls == [True]
    assert "s3cret" not in auth.child.output()


def test_tls_from_the_first_byte(serve, start, inbox, certificate):
    server = start(tls=context(certificate))
    auth = serve(smtp=f"smtps://127.0.0.1:{server.port}", certificateAuthorities=certificate[0], fresh=True)
    to = unique_email()
    ask_for_reset(auth, to)
    wait_until(lambda: inbox.find(to), 20, "the message arrives")


def failure(auth, to):
    ask_for_reset(auth, to)
    return wait_until(lambda: [line for line in auth.child.output().splitlines() if "A letter was not taken" in line], 20, "it is logged")[-1]


def test_an_untrusted_certificate_gets_no_mail(serve, start, inbox, certificate):
    server = start(tls=context(certificate))
    line = failure(serve(smtp=f"smtps://127.0.0.1:{server.port}", fresh=True), unique_email())
    assert "ertificate" in line and inbox.received == []


def test_a_server_without_starttls_gets_no_mail(serve, start, inbox):
    server = start()
    line = failure(serve(smtp=f"smtp://127.0.0.1:{server.port}?tls=starttls", fresh=True), unique_email())
    assert "SSL" in line and inbox.received == []


def test_a_wrong_password_a_refused_receiver_and_nobody_there(serve, start, inbox):
    server = start(password="right")
    line = failure(serve(smtp=f"smtp://mailer:wrong@127.0.0.1:{server.port}?tls=opportunistic", fresh=True), unique_email())
    assert "535" in line and "wrong" not in line and inbox.received == []
    open_server = start()
    assert "550" in failure(serve(smtp=f"smtp://127.0.0.1:{open_server.port}", fresh=True), f"refuse-{unique_email()}")
    line = failure(serve(smtp=f"smtp://127.0.0.1:{free_port()}", fresh=True), unique_email())
    assert "connect" in line


HOSTILE_NAMES = [
    "Eve\r\nBcc: victim@example.com", "Eve\nBcc: victim@example.com", "Eve\rBcc: victim@example.com", "Eve\r\n\r\nA body of its own",
    "Eve\u2028Bcc: victim@example.com", "Eve\u0085Bcc: victim@example.com", "=?utf-8?q?Eve=0D=0ABcc:_victim=40example.com?=",
    '"Eve" <victim@example.com>', "Eve\\", "Eve, victim@example.com", "Eve\t\x0b\x0c\x1b[31m", "\u202eevE", "E" * 5000, "ü" * 1000, "Eve\r\n.\r\nQUIT",
    "<script>alert(1)</script>", "{{url}}", "{{{url}}}", "{{#name}}x",
]


def message_of(envelope):
    """The message as a mail program reads it, after what holds for every message."""
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert not message.defects and envelope.content.isascii()
    assert set(message) == {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"} | (
        set(message) & {"Auto-Submitted", "Reply-To"})
    assert len(message.get_all("To")) == len(message.get_all("Subject")) == len(message.get_all("From")) == 1
    assert envelope.rcpt_tos == [message["To"]]
    assert all(len(line) <= 998 for line in envelope.content.split(b"\r\n")) and b"\n" not in envelope.content.replace(b"\r\n", b"")
    return message


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_cannot_add_headers(serve, start, inbox, name):
    """The subject of an invitation holds what people typed."""
    server = start()
    auth = serve(smtp=f"smtp://127.0.0.1:{server.port}", fresh=True)
    owner = auth.browser()
    owner.post("/sign-up/email", name=name, email=unique_email(), password="password123")
    owner.organization()
    to = unique_email()
    owner.post("/organization/invite-member", email=to, role="member")
    (envelope, _), = wait_until(lambda: inbox.find(to), 20, "the message arrives")
    message = message_of(envelope)
    assert message["Bcc"] is None and "\n" not in message["Subject"] and "\r" not in message["Subject"]
    auth.stop()


def test_the_applications_letters_hold_nothing_of_strangers(cluster, start, inbox):
    """The letters as they are really sent: one line of a name at most, as text, and no header, link or markup by those who typed it."""
    server = start()
    environment = cluster.environment("letters", SMTP_URL=f"smtp://127.0.0.1:{server.port}", MAIL_FROM="Auth <auth@example.com>")
    try:
        environment.serve()

        class Server:
            origin = environment.base_url

        for name in HOSTILE_NAMES:
            owner = Browser(Server)
            own = unique_email()
            assert owner.post("/sign-up/email", name=name, email=own, password="password123").status_code == 200
            made = owner.post("/organization/create", name=name, slug=secrets.token_hex(8))
            assert made.status_code == 200, made.text
            to = unique_email()
            assert owner.post("/organization/invite-member", email=to, role="member").status_code == 200
            for receiver in (own, to):
                (envelope, _), = wait_until(lambda: inbox.find(receiver), 20, f"the letter for {name!r} arrives")
                message = message_of(envelope)
                plain, html = (part.get_content() for part in message.iter_parts())
                for text in (plain, html):
                    assert "\r\nBcc" not in text and "\nBcc" not in text and "\nA body of its own" not in text and len(text) < 3000
                assert "<script>" not in html and html.count("<a ") == 1 and html.count("http") <= 2
                assert "\n" not in message["Subject"] and len(message["Subject"]) < 300
    finally:
        environment.stop()


@pytest.mark.parametrize("address", ["a@example.com\r\nBcc: x@example.com", "a@example.com>\r\nRCPT TO:<x@example.com", "a@example.com, x@example.com",
                                     "<a@example.com>", "a@example.com\n"])
def test_addresses_cannot_add_receivers(serve, start, inbox, address):
    server = start()
    auth = serve(smtp=f"smtp://127.0.0.1:{server.port}", fresh=True)
    browser = auth.sign_up()
    browser.organization()
    for path, fields in (("/sign-up/email", {"name": "A", "email": address, "password": "password123"}), ("/request-password-reset", {"email": address}),
                         ("/send-verification-email", {"email": address}), ("/change-email", {"newEmail": address}),
                         ("/organization/invite-member", {"email": address, "role": "member"})):
        assert browser.post(path, **fields).status_code == 400, path
    assert browser.post("/request-password-reset", email=browser.email).status_code == 200
    wait_until(lambda: inbox.find(browser.email), 20, "the one that is in order arrives")
    assert len(inbox.received) == 1
    auth.stop()
