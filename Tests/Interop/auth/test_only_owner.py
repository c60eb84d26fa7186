"""Whoever is an organization's only owner cannot vanish: better-auth would leave it to nobody."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from .driver import join, refused


def is_there(auth, browser):
    return auth.sql(f"""select count(*) from "user" where id = '{browser.user["id"]}'""") == [["1"]]


def test_the_only_owner_stays_and_is_told_why(auth):
    browser = auth.sign_up()
    organization = browser.organization()
    join(auth, browser, organization, "admin")
    answer = refused(browser.post("/delete-user", password="password123"), 400, "ONLY_OWNER_OF_AN_ORGANIZATION").json()
    assert answer["organizations"] == [{name: organization[name] for name in ("id", "name", "slug")}]
    assert is_there(auth, browser) and browser.session()["user"]["id"] == browser.user["id"], "nothing has changed"
    assert browser.post("/organization/delete", organizationId=organization["id"]).status_code == 200
    assert browser.post("/delete-user", password="password123").json()["message"] == "User deleted"
    assert not is_there(auth, browser)


def test_with_another_owner_it_is_their_organization(auth):
    browser = auth.sign_up()
    organization = browser.organization()
    other = join(auth, browser, organization, "member")
    refused(browser.post("/delete-user", password="password123"), 400, "ONLY_OWNER_OF_AN_ORGANIZATION")
    changed = browser.post(
        "/organization/update-member-role", memberId=other.member["id"], role=["admin", "owner"], organizationId=organization["id"])
    assert changed.status_code == 200, changed.text
    assert browser.post("/delete-user", password="password123").status_code == 200
    assert [member["userId"] for member in other.get("/organization/list-members", organizationId=organization["id"]).json()["members"]] == [
        other.user["id"]]
    refused(other.post("/delete-user", password="password123"), 400, "ONLY_OWNER_OF_AN_ORGANIZATION")


def test_a_member_may_go(auth):
    owner = auth.sign_up()
    member = join(auth, owner, owner.organization(), "admin")
    assert member.post("/delete-user", password="password123").json()["message"] == "User deleted"


def test_by_mail_too(serve):
    auth = serve(deletionByMail=True)
    browser = auth.sign_up()
    organization = browser.organization()
    browser.post("/delete-user")
    (letter,) = auth.letters(browser.email, "delete-account")
    refused(browser.get("/delete-user/callback", token=letter["token"]), 400, "ONLY_OWNER_OF_AN_ORGANIZATION")
    assert is_there(auth, browser)
    browser.post("/organization/delete", organizationId=organization["id"])
    browser.post("/delete-user")
    token = auth.letters(browser.email, "delete-account")[-1]["token"]
    assert browser.get("/delete-user/callback", token=token).json()["message"] == "User deleted"


@pytest.mark.parametrize("time", range(5))
def test_of_two_owners_who_go_at_once_one_stays(auth, time):
    first = auth.sign_up()
    organizations = [first.organization() for _ in range(2)]
    second = join(auth, first, organizations[0], "owner")
    invited = first.post(
        "/organization/invite-member", email=second.email, role="owner", organizationId=organizations[1]["id"])
    assert second.post("/organization/accept-invitation", invitationId=invited.json()["id"]).status_code == 200
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda browser: browser.post("/delete-user", password="password123"), (first, second)))
    assert sorted(answer.status_code for answer in answers) == [200, 400], [answer.text for answer in answers]
    assert [is_there(auth, browser) for browser in (first, second)].count(True) == 1
