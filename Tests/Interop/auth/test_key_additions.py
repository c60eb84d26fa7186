"""Rotation with overlap and allow lists: what we add to better-auth's API keys, in tables of our own."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from .driver import DATE, join, refused
from .test_api_keys import DAY, digest, make


@pytest.fixture()
def keys(serve):
    return serve(keyAdditions=True, keySessions=True, customRoles=True)


def verified(auth, key, **fields):
    answer = auth.verify_key(key, **fields)
    return True if answer["valid"] else answer["error"]["code"]


def rotate(browser, key, **fields):
    answer = browser.post("/api-key/rotate", keyId=key["id"], **fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_old_key_counts_until_the_overlap_is_over(serve):
    auth = serve(fresh=True, keyAdditions=True)
    browser = auth.sign_up()
    key = make(browser, name="ci", metadata={"x": 1})
    rotated = rotate(browser, key, overlap=3600)
    assert rotated["key"] != key["key"] and rotated["id"] == key["id"] and rotated["start"] == rotated["key"][:6]
    assert {name: rotated[name] for name in ("name", "metadata", "permissions", "expiresAt", "createdAt", "prefix")} == {
        name: key[name] for name in ("name", "metadata", "permissions", "expiresAt", "createdAt", "prefix")}
    seen = browser.get("/api-key/get", id=key["id"])
    assert "key" not in seen.json() and digest(key["key"]) not in seen.text
    (end,) = seen.json()["formerKeysEndAt"]
    assert DATE.match(end)
    assert verified(auth, rotated["key"]) is True and verified(auth, key["key"]) is True
    assert auth.sql(f"""select "requestCount" from apikey where id = '{key["id"]}'""") == [["2"]], "one count for both"
    auth.advance(3599)
    assert verified(auth, key["key"]) is True
    auth.advance(1)
    # Nothing has run meanwhile: the row is still there, and does not count.
    assert auth.sql("select count(*) from api_key_former") == [["1"]]
    assert verified(auth, key["key"]) == "INVALID_API_KEY" and verified(auth, rotated["key"]) is True
    assert "formerKeysEndAt" not in browser.get("/api-key/get", id=key["id"]).json()
    assert "formerKeysEndAt" not in browser.get("/api-key/list").json()["apiKeys"][0]
    auth.advance(11)
    make(browser)
    assert auth.sql("select count(*) from api_key_former") == [["0"]], "swept with what expired"
    assert [event["subject"] for event in auth.events() if event["kind"] == "keyRotated"] == [key["id"]]


def test_one_day_is_the_overlap_and_thirty_are_the_most(keys):
    browser = keys.sign_up()
    key = make(browser)
    rotate(browser, key)
    assert keys.sql(f"select ends_at - created_at from api_key_former where api_key_id = '{key['id']}'") == [["1 day"]]
    refused(browser.post("/api-key/rotate", keyId=key["id"], overlap=30 * DAY + 1), 400, "INVALID_OVERLAP")
    refused(browser.post("/api-key/rotate", keyId=key["id"], overlap=-1), 400, "VALIDATION_ERROR")
    refused(browser.post("/api-key/rotate", keyId=key["id"], overlap="1"), 400, "VALIDATION_ERROR")


def test_without_an_overlap_every_old_key_ends(keys):
    browser = keys.sign_up()
    first = make(browser)
    second, third = rotate(browser, first), rotate(browser, first)
    assert [verified(keys, one["key"]) for one in (first, second, third)] == [True] * 3
    fourth = rotate(browser, first, overlap=0)
    assert [verified(keys, one["key"]) for one in (first, second, third)] == ["INVALID_API_KEY"] * 3
    assert verified(keys, fourth["key"]) is True
    assert "formerKeysEndAt" not in fourth


def test_old_keys_that_count_are_bounded(keys):
    browser = keys.sign_up()
    key = make(browser)
    made = [rotate(browser, key) for _ in range(5)]
    refused(browser.post("/api-key/rotate", keyId=key["id"]), 400, "TOO_MANY_FORMER_KEYS")
    assert verified(keys, made[-1]["key"]) is True, "a refused rotation changes nothing"
    assert len(browser.get("/api-key/get", id=key["id"]).json()["formerKeysEndAt"]) == 5


def test_state_and_end_of_the_record_bind_old_keys_too(keys):
    browser = keys.sign_up()
    key = make(browser)
    new = rotate(browser, key)
    browser.post("/api-key/update", keyId=key["id"], enabled=False)
    assert [verified(keys, one["key"]) for one in (key, new)] == ["KEY_DISABLED"] * 2
    browser.post("/api-key/update", keyId=key["id"], enabled=True)
    keys.sql(f"""update apikey set remaining = 1 where id = '{key["id"]}'""")
    assert verified(keys, key["key"]) is True and verified(keys, new["key"]) == "USAGE_EXCEEDED"
    other = make(browser, expiresIn=DAY)
    replaced = rotate(browser, other, overlap=2 * DAY)
    assert browser.post("/api-key/delete", keyId=other["id"]).status_code == 200
    assert [verified(keys, one["key"]) for one in (other, replaced)] == ["INVALID_API_KEY"] * 2
    assert keys.sql(f"select count(*) from api_key_former where api_key_id = '{other['id']}'") == [["0"]]


def test_an_expired_key_is_not_rotated_and_takes_its_old_ones_along(serve):
    auth = serve(fresh=True, keyAdditions=True)
    browser = auth.sign_up()
    key = make(browser, expiresIn=DAY)
    new = rotate(browser, key, overlap=20 * DAY)
    auth.advance(DAY + 1)
    refused(browser.post("/api-key/rotate", keyId=key["id"]), 400, "KEY_EXPIRED")
    assert verified(auth, key["key"]) == "KEY_EXPIRED" and verified(auth, new["key"]) == "INVALID_API_KEY"
    assert auth.sql("select count(*) from api_key_former") == [["0"]]


def test_rotations_at_once_follow_one_another(keys):
    browser = keys.sign_up()
    key = make(browser)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: browser.post("/api-key/rotate", keyId=key["id"]), range(12)))
    made = [answer.json()["key"] for answer in answers if answer.status_code == 200]
    for answer in answers:
        if answer.status_code != 200:
            refused(answer, 400, "TOO_MANY_FORMER_KEYS")
    assert len(made) == 5
    keys.sql(f"""update apikey set "rateLimitEnabled" = false where id = '{key["id"]}'""")
    assert [verified(keys, one) for one in [key["key"], *made]] == [True] * 6


@pytest.mark.parametrize(
    "allowed, inside, outside",
    [
        (["203.0.113.7"], ["203.0.113.7", "::ffff:203.0.113.7"], ["203.0.113.8", "::1", None, "", "x"]),
        (["10.0.0.0/8", "2001:db8::/32"], ["10.1.2.3", "2001:db8:1::5"], ["11.0.0.1", "2001:db9::1", "::a01:203"]),
        (["::ffff:10.0.0.0/104"], ["10.1.2.3", "::ffff:10.1.2.3"], ["11.0.0.1"]),
        (["0.0.0.0/0"], ["8.8.8.8"], ["2001:db8::1", None]),
        (["::1"], ["::1", "0:0:0:0:0:0:0:1"], ["127.0.0.1"]),
    ])
def test_allow_lists(keys, allowed, inside, outside):
    browser = keys.sign_up()
    key = make(browser, allowedAddresses=allowed)
    assert key["allowedAddresses"] == allowed
    for address in inside:
        assert verified(keys, key["key"], address=address) is True, address
    for address in outside:
        assert verified(keys, key["key"], address=address) == "ADDRESS_NOT_ALLOWED", address
    assert keys.sql(f"""select "requestCount" from apikey where id = '{key["id"]}'""") == [[str(len(inside))]], "refusals take no use"


@pytest.mark.parametrize(
    "wrong", [[], ["10.0.0.1/8"], ["10.0.0.0/33"], ["10.0.0"], ["localhost"], ["10.0.0.1", "fe80::1%eth0"], ["1.2.3.4:80"], [4], "10.0.0.1",
              ["10.0.0.1"] * 101, [""], ["010.0.0.1"]])
def test_what_is_no_allow_list_is_refused(keys, wrong):
    browser = keys.sign_up()
    refused(browser.post("/api-key/create", allowedAddresses=wrong), 400, "VALIDATION_ERROR")
    key = make(browser)
    refused(browser.post("/api-key/update", keyId=key["id"], allowedAddresses=wrong), 400, "VALIDATION_ERROR")
    assert "allowedAddresses" not in browser.get("/api-key/get", id=key["id"]).json()


def test_lists_change_bind_old_keys_and_sessions_by_key(keys):
    browser = keys.sign_up()
    key = make(browser, allowedAddresses=["203.0.113.7"])
    new = rotate(browser, key)
    assert new["allowedAddresses"] == ["203.0.113.7"]
    program = keys.browser(origin=False)
    for one in (key["key"], new["key"]):
        at_home = program.get("/get-session", headers={"x-api-key": one, "x-forwarded-for": "203.0.113.7"})
        assert at_home.json()["user"]["id"] == browser.user["id"]
        refused(program.get("/get-session", headers={"x-api-key": one, "x-forwarded-for": "203.0.113.8"}), 403, "ADDRESS_NOT_ALLOWED")
        refused(program.get("/get-session", headers={"x-api-key": one}), 403, "ADDRESS_NOT_ALLOWED")
    changed = browser.post("/api-key/update", keyId=key["id"], allowedAddresses=["198.51.100.0/24"]).json()
    assert changed["allowedAddresses"] == ["198.51.100.0/24"]
    assert verified(keys, new["key"], address="203.0.113.7") == "ADDRESS_NOT_ALLOWED"
    assert verified(keys, new["key"], address="198.51.100.9") is True
    lifted = browser.post("/api-key/update", keyId=key["id"], allowedAddresses=None).json()
    assert "allowedAddresses" not in lifted and verified(keys, new["key"]) is True
    keys.sql(f"insert into api_key_allow_list (api_key_id, owner_id, addresses) values ('{key['id']}', 'x', '{{nonsense}}')")
    assert verified(keys, new["key"], address="203.0.113.7") == "ADDRESS_NOT_ALLOWED", "what nobody can read allows nothing"


def test_others_keys_and_keys_that_may_more_than_their_holder(keys):
    owner = keys.sign_up()
    organization = owner.organization()
    key = make(owner)
    stranger = keys.sign_up()
    refused(stranger.post("/api-key/rotate", keyId=key["id"]), 404, "KEY_NOT_FOUND")
    refused(keys.browser().post("/api-key/rotate", keyId=key["id"]), 401, "UNAUTHORIZED_SESSION")
    shared = make(owner, configId="organization", organizationId=organization["id"])
    admin = join(keys, owner, organization, "admin")
    refused(admin.post("/api-key/rotate", keyId=shared["id"], configId="organization"), 403, "INSUFFICIENT_API_KEY_PERMISSIONS")
    refused(stranger.post("/api-key/rotate", keyId=shared["id"], configId="organization"), 403, "USER_NOT_MEMBER_OF_ORGANIZATION")
    new = rotate(owner, shared, configId="organization")
    assert new["key"].startswith("ms_") and verified(keys, shared["key"]) is True
    assert owner.post("/organization/delete", organizationId=organization["id"]).status_code == 200
    assert [verified(keys, one["key"]) for one in (shared, new)] == ["INVALID_API_KEY"] * 2
    assert keys.sql(f"select count(*) from api_key_former where owner_id = '{organization['id']}'") == [["0"]]


def test_where_they_are_off_there_is_nothing_of_them(auth):
    browser = auth.sign_up()
    key = make(browser, allowedAddresses=["203.0.113.7"])
    assert "allowedAddresses" not in key and verified(auth, key["key"]) is True
    answer = browser.post("/api-key/rotate", keyId=key["id"])
    assert (answer.status_code, answer.content) == (404, b"")


def test_better_auths_own_table_is_as_it_was(keys):
    browser = keys.sign_up()
    rotate(browser, make(browser, allowedAddresses=["::1"]))
    columns = {name for (name,) in keys.sql("select column_name from information_schema.columns where table_name = 'apikey'")}
    assert columns == {
        "id", "configId", "name", "start", "referenceId", "prefix", "key", "refillInterval", "refillAmount", "lastRefillAt", "enabled",
        "rateLimitEnabled", "rateLimitTimeWindow", "rateLimitMax", "requestCount", "remaining", "lastRequest", "expiresAt", "createdAt",
        "updatedAt", "permissions", "metadata"}


def test_a_key_neither_rotates_nor_frees_itself(keys):
    """Who found an old key, or one that counts at some addresses alone, would otherwise have it for good."""
    browser = keys.sign_up()
    key = make(browser, allowedAddresses=["203.0.113.7"])
    new = rotate(browser, key)
    program = keys.browser(origin=False)
    for one in (key["key"], new["key"]):
        headers = {"x-api-key": one, "x-forwarded-for": "203.0.113.7"}
        assert program.get("/get-session", headers=headers).json()["user"]["id"] == browser.user["id"]
        refused(program.post("/api-key/rotate", keyId=key["id"], overlap=0, headers=headers), 401, "UNAUTHORIZED_SESSION")
        refused(program.post("/api-key/update", keyId=key["id"], allowedAddresses=None, headers=headers), 401, "UNAUTHORIZED_SESSION")
    assert browser.get("/api-key/get", id=key["id"]).json()["allowedAddresses"] == ["203.0.113.7"]
    assert verified(keys, key["key"], address="203.0.113.7") is True and verified(keys, new["key"], address="203.0.113.7") is True
