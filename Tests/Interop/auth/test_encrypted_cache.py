"""Checklist 39 and 40 for the encrypted cookie cache, against an implementation of its own of RFC 7516 and 7518."""

import base64
import hashlib
import hmac
import json
import os
import time
import uuid

import pytest
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .driver import SECRET, set_cookies

DATA = "better-auth.session_data"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def derived(secret=SECRET, salt="better-auth-session"):
    return HKDF(hashes.SHA256(), 64, salt.encode(), b"BetterAuth.js Generated Encryption Key").derive(secret.encode())


def thumbprint(key):
    return encode(hashlib.sha256(json.dumps({"k": encode(key), "kty": "oct"}, separators=(",", ":")).encode()).digest())


def tag(key, header, iv, text):
    aad = header.encode()
    return hmac.new(key[:32], aad + iv + text + (len(aad) * 8).to_bytes(8, "big"), hashlib.sha512).digest()[:32]


def seal(claims, key=None, **header):
    key = key or derived()
    fields = {"alg": "dir", "enc": "A256CBC-HS512", "kid": thumbprint(key), **header}
    head = encode(json.dumps({name: value for name, value in fields.items() if value is not None}, separators=(",", ":")).encode())
    padder = padding.PKCS7(128).padder()
    plain = padder.update(claims if isinstance(claims, bytes) else json.dumps(claims).encode()) + padder.finalize()
    iv = os.urandom(16)
    cipher = Cipher(algorithms.AES(key[32:]), modes.CBC(iv)).encryptor()
    text = cipher.update(plain) + cipher.finalize()
    return ".".join([head, "", encode(iv), encode(text), encode(tag(key, head, iv, text))])


def unseal(token, key=None):
    key = key or derived()
    head, wrapped, iv, text, given = token.split(".")
    assert wrapped == ""
    iv, text = decode(iv), decode(text)
    assert hmac.compare_digest(decode(given), tag(key, head, iv, text))
    cipher = Cipher(algorithms.AES(key[32:]), modes.CBC(iv)).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    plain = unpadder.update(cipher.update(text) + cipher.finalize()) + unpadder.finalize()
    return json.loads(decode(head)), json.loads(plain)


def test_the_vectors():
    key = derived()
    assert key.hex() == (
        "5d06f3fb80c090b2e3d6fe3845440110ec7fbbf0c4202de427139b2413db99e3"
        "a06d5d3e366896c308279338a9e47b351da786f17b2d6a2d28e551721d78e93b")
    assert thumbprint(key) == "Hl5Y4SVAaJ33G3nKqqch-AvE4yz3PkY0PIrYQ9zxO_A"
    with open(os.path.join(os.path.dirname(__file__), "..", "..", "BetterAuthTests", "JWETests.swift"), encoding="utf-8") as source:
        vector = source.read().split('static let vector = """')[1].split('"""')[0]
    assert unseal("".join(vector.replace("\\", "").split()))[1]["user"] == {"name": "Al ü"}


def test_what_we_write(serve):
    auth = serve(cookieCache="jwe")
    browser = auth.sign_up(name='Al ü "quoted" 🎉')
    cache = browser.jar[DATA]
    header, claims = unseal(cache)
    assert header == {"alg": "dir", "enc": "A256CBC-HS512", "kid": thumbprint(derived())}
    assert list(claims) == ["session", "user", "updatedAt", "version", "iat", "exp", "jti"]
    assert claims["exp"] - claims["iat"] == 300 and claims["version"] == "1" and str(uuid.UUID(claims["jti"])) == claims["jti"]
    assert claims["session"]["token"] == browser.token and claims["user"]["name"] == 'Al ü "quoted" 🎉'
    assert browser.token not in cache
    first = browser.session()
    assert unseal(browser.jar[DATA])[1]["session"] == first["session"]
    auth.sql(f"delete from session where token = '{browser.token}'")
    browser.jar[DATA] = cache
    assert browser.session() == first, "answered by the cookie alone"
    assert browser.get("/get-session", disableCookieCache="true").text == "null" and DATA not in browser.jar


def test_a_session_that_is_not_remembered(serve):
    auth = serve(cookieCache="jwe")
    browser = auth.sign_up()
    answer = auth.browser().post("/sign-in/email", email=browser.email, password="password123", rememberMe=False)
    (line,) = [line for line in set_cookies(answer) if line.startswith(DATA + "=")]
    assert "Max-Age" not in line
    claims = unseal(line.split("=", 1)[1].split(";")[0])[1]
    assert claims["exp"] - claims["iat"] == 300


def test_caches_of_another_server_and_forged_ones(serve):
    auth = serve(cookieCache="jwe")
    browser = auth.sign_up()
    found = browser.session()
    session, user, now = found["session"], {**found["user"], "name": "Made elsewhere ü"}, int(time.time())
    claims = {"session": session, "user": user, "updatedAt": 1, "version": "1", "iat": now, "exp": now + 60, "jti": str(uuid.uuid4())}

    def asked(cache):
        other = auth.browser()
        other.jar = {"better-auth.session_token": browser.jar["better-auth.session_token"], DATA: cache}
        answer = other.get("/get-session")
        return answer.json()["user"]["name"], other.jar.get(DATA)

    good = seal(claims)
    for accepted in (
        good, seal(claims, kid=None), seal({**claims, "exp": now - 5}), seal({**claims, "jti": None}),
        seal({name: value for name, value in claims.items() if name != "version"}),
    ):
        assert asked(accepted)[0] == "Made elsewhere ü"
    head, _, iv, text, given = good.split(".")
    other_head = encode(json.dumps({"enc": "A256CBC-HS512", "alg": "dir"}).encode())
    for bad in (
        seal({**claims, "exp": now - 20}), seal({**claims, "exp": None}), seal({**claims, "version": "2"}),
        seal({**claims, "session": {**session, "token": "another"}}),
        seal({**claims, "session": {**session, "expiresAt": "2020-01-01T00:00:00.000Z"}}),
        seal(claims, key=derived("x" * 32)), seal(claims, key=derived("x" * 32), kid=thumbprint(derived())),
        seal(claims, key=derived(salt="better-auth-account")), seal(claims, kid="another"), seal(claims, alg="A256KW"),
        seal(claims, enc="A128CBC-HS256"), seal(claims, zip="DEF"), seal(claims, crit=["exp"]), seal(b"not json"), seal(b"[]"), seal({}),
        f"{head}.AAAA.{iv}.{text}.{given}", f"{other_head}..{iv}.{text}.{given}", f"{head}..{iv}.{text}.", f"{head}..{iv}.{text}.{given[:-4]}",
        f"{head}..{encode(decode(iv)[:8])}.{text}.{given}", f"{head}..{encode(bytes(16))}.{text}.{given}",
        f"{head}..{iv}.{encode(decode(text)[:-1])}.{given}", f"{head}..{iv}..{given}", f"{head}..{iv}.{text}", good + ".x", "....", "x",
        good.replace(head, head[:-1], 1),
    ):
        name, cache = asked(bad)
        assert name == "Al" and cache != bad, f"the store answers, and the cache is replaced: {bad}"


def test_40_large_ones_are_chunked_and_shrink(serve):
    auth = serve(cookieCache="jwe")
    browser = auth.sign_up()
    browser.post("/update-user", image="https://example.com/" + "x" * 6000)
    parts = sorted(name for name in browser.jar if name.startswith(DATA))
    assert parts == [f"{DATA}.{number}" for number in range(3)]
    claims = unseal("".join(browser.jar[name] for name in parts))[1]
    assert len(claims["user"]["image"]) == 6020
    for line in set_cookies(browser.post("/update-user", name="B")):
        assert len(line) <= 4096
    kept = dict(browser.jar)
    browser.post("/update-user", image=None)
    assert [name for name in browser.jar if "session_data" in name] == [DATA]
    auth.sql(f"delete from session where token = '{browser.token}'")
    browser.jar = kept
    assert len(browser.session()["user"]["image"]) == 6020, "read from its parts"
