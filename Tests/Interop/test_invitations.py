"""The page behind the link in an invitation's mail: it works in a browser without scripts."""

import html
import re

import pytest
import requests

from interop.api import Team
from interop.inbox import Inbox
from interop.stack import Cluster


@pytest.fixture(scope="module")
def inbox():
    inbox = Inbox()
    yield inbox
    inbox.stop()


@pytest.fixture(scope="module")
def environment(inbox):
    cluster = Cluster("invitations")
    environment = cluster.environment("invitations", SMTP_URL=inbox.url)
    environment.serve()
    yield environment
    cluster.stop()


@pytest.fixture()
def owner(environment):
    return Team(environment.base_url, "Ow <b>ner</b> & Söhne")


@pytest.fixture()
def guest(environment):
    """Somebody whose address is verified."""
    guest = Team(environment.base_url, "Guest")
    guest.verify(environment)
    return guest


def place_in_mail(inbox, email):
    """What stands behind `/invitations/` in the newest invitation to an address: the id and the token."""
    return inbox.link(email, r"https?://\S+/invitations/(\S+)")


def invite(owner, email, role="member"):
    return owner.auth("organization/invite-member", email=email, role=role, organizationId=owner.organization_id)["id"]


def page(base_url, invitation, session=None, answer=None, **headers):
    """What a browser gets: by the link, or by the press of a button."""
    session = session or requests.Session()
    url = f"{base_url}/invitations/{invitation}"
    if answer is None:
        response = session.get(url, timeout=20)
    else:
        form = {"content-type": "application/x-www-form-urlencoded", **headers}
        response = session.post(url, data=f"answer={answer}", headers=form, timeout=20, allow_redirects=False)
    assert response.headers["content-type"] == "text/html; charset=utf-8", response.text
    assert response.headers["cache-control"] == "no-store"
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "form-action 'self'" in policy and "script-src" not in policy
    assert "<script" not in response.text and "<b>ner" not in response.text
    return response


def text(response):
    return html.unescape(" ".join(re.sub(r"<style>.*?</style>|<[^>]*>", "", response.text, flags=re.S).split()))


def members(environment, organization):
    return {user for (user,) in environment.sql(f"""select "userId" from member where "organizationId" = '{organization}'""")}


def test_who_is_not_signed_in_may_do_so_and_learns_nothing(environment, owner, guest):
    invitation = invite(owner, guest.email)
    known, unknown = page(environment.base_url, invitation), page(environment.base_url, "nothing")
    assert known.status_code == unknown.status_code == 200 and known.text == unknown.text
    assert re.findall(r'name="answer" value="([\w-]+)"', known.text) == ["sign-in", "sign-up"]
    for word in (owner.email, guest.email, "Söhne"):
        assert word not in text(known)
    assert page(environment.base_url, invitation, answer="accept").text == known.text
    assert guest.user["id"] not in members(environment, owner.organization_id)


def enter(environment, invitation, session=None, origin=True, **fields):
    session = session or requests.Session()
    headers = {"origin": environment.base_url} if origin is True else {"origin": origin} if origin else {}
    return session.post(
        f"{environment.base_url}/invitations/{invitation}", data=fields, headers=headers, timeout=20, allow_redirects=False)


def test_two_slashes_lead_to_no_other_host(environment, owner, guest):
    fields = {"answer": "sign-in", "email": guest.email, "password": guest.password}
    answer = requests.post(
        f"{environment.base_url}//invitations/{invite(owner, guest.email)}", data=fields, headers={"origin": environment.base_url}, timeout=20,
        allow_redirects=False)
    assert not answer.headers.get("location", "/").startswith("//"), answer.headers


def test_signing_in_and_up_where_one_is(environment, inbox, owner, guest):
    invitation = invite(owner, guest.email)
    browser = requests.Session()
    refused = enter(environment, invitation, browser, answer="sign-in", email=guest.email, password="wrong password")
    assert refused.status_code == 401 and "do not belong together" in text(refused) and not browser.cookies
    assert enter(environment, invitation, answer="sign-in", email="<b>", password="x").status_code == 400
    back = enter(environment, invitation, browser, answer="sign-in", email=guest.email, password=guest.password)
    assert (back.status_code, back.headers["location"]) == (303, f"/invitations/{invitation}") and browser.cookies
    assert "Join Ow <b>ner</b>" in text(page(environment.base_url, invitation, browser))
    email = f"new-{guest.mark}@example.com"
    invite(owner, email)
    invitation, browser = place_in_mail(inbox, email), requests.Session()
    short = enter(environment, invitation, browser, answer="sign-up", name="New", email=email, password="short")
    assert short.status_code == 400 and "Signing up was refused" in text(short)
    known = enter(environment, invitation, browser, answer="sign-up", name="New", email=guest.email, password="password123")
    assert known.status_code == 422 and "Signing up was refused" in text(known)
    back = enter(environment, invitation, browser, answer="sign-up", name="New", email=email, password="password123")
    assert (back.status_code, back.headers["location"]) == (303, f"/invitations/{invitation}")
    assert "Welcome" in text(page(environment.base_url, invitation, browser, answer="accept", origin=environment.base_url))
    (user,), = environment.sql(f"""select id from "user" where email = '{email}'""")
    assert user in members(environment, owner.organization_id)
    # Another site must not sign its visitor in to an account of its choice.
    foreign = enter(environment, invitation, origin="https://evil.example", answer="sign-in", email=email, password="password123")
    assert foreign.status_code == 403 and "Set-Cookie" not in foreign.headers


def test_a_stranger_does_not_become_owner(environment, inbox, owner):
    """By the address of somebody else, whose invitation any member could read."""
    member, squatter = Team(environment.base_url, "Member"), Team(environment.base_url, "Squatter")
    member.verify(environment)
    member.auth("organization/accept-invitation", invitationId=invite(owner, member.email))
    boss = f"boss-{member.mark}@example.com"
    invitation = invite(owner, boss, "owner")
    for path in ("list-invitations", "get-full-organization"):
        answer = member.browser.get(
            f"{environment.base_url}/api/auth/organization/{path}", params={"organizationId": owner.organization_id}, timeout=20)
        assert answer.status_code == 200 and invitation not in answer.text and boss not in answer.text
    squatter.auth("change-email", newEmail=f"other-{member.mark}@example.com")
    squatter.browser.cookies.clear()
    squatter.auth("sign-up/email", name="Boss", email=boss, password="password123")
    answer = squatter.browser.post(
        f"{environment.base_url}/api/auth/organization/accept-invitation", json={"invitationId": invitation}, timeout=20)
    assert answer.status_code == 403 and answer.json()["code"] == "EMAIL_VERIFICATION_REQUIRED_BEFORE_ACCEPTING_OR_REJECTING_INVITATION"
    for place in (invitation, f"{invitation}?token=", f"{invitation}?token={'A' * 43}", f"{invitation}?token=%0d%0aSet-Cookie:x"):
        for answer in (None, "accept", "decline"):
            refused = page(environment.base_url, place, squatter.browser, answer=answer)
            assert refused.status_code == 403 and "Open the link of the mail" in text(refused) and owner.email not in text(refused)
    assert len(members(environment, owner.organization_id)) == 2
    # The one who gets the mail resets the password, and is what the invitation says.
    place = place_in_mail(inbox, boss)
    asked = requests.post(f"{environment.base_url}/api/auth/request-password-reset", json={"email": boss}, timeout=20)
    assert asked.status_code == 200
    token = inbox.link(boss, r"/reset-password/(\w+)")
    assert requests.post(
        f"{environment.base_url}/api/auth/reset-password", json={"token": token, "newPassword": "password456"}, timeout=20).status_code == 200
    browser = requests.Session()
    assert enter(environment, place, browser, answer="sign-in", email=boss, password="password456").status_code == 303
    assert "Welcome" in text(page(environment.base_url, place, browser, answer="accept", origin=environment.base_url))
    rows = environment.sql(
        f"""select m.role, u."emailVerified" from member m join "user" u on u.id = m."userId" where u.email = '{boss}'""")
    assert rows == [["owner", "t"]]


def test_the_link_of_the_mail_is_enough(environment, inbox, owner):
    """Signing up on the page and accepting, without a second mail; the address is verified then."""
    email = f"fresh-{owner.mark}@example.com"
    invitation = invite(owner, email, "admin")
    place, browser = place_in_mail(inbox, email), requests.Session()
    assert place.startswith(f"{invitation}?token=") and place.split("=")[1] not in owner.browser.get(
        f"{environment.base_url}/api/auth/organization/list-invitations", timeout=20).text
    back = enter(environment, place, browser, answer="sign-up", name="New", email=email, password="password123")
    assert (back.status_code, back.headers["location"]) == (303, f"/invitations/{place}")
    assert "invites you to join" in text(page(environment.base_url, place, browser))
    verified = lambda: environment.sql(f"""select "emailVerified" from "user" where email = '{email}'""")
    assert verified() == [["f"]]
    assert "as admin" not in text(page(environment.base_url, place, answer="accept"))
    assert "Welcome" in text(page(environment.base_url, place, browser, answer="accept", origin=environment.base_url))
    assert verified() == [["t"]]
    assert page(environment.base_url, place, browser).status_code == 404


def test_an_invitation_of_a_removed_administrator(environment, owner, guest):
    admin = Team(environment.base_url, "Admin")
    admin.verify(environment)
    admin.auth("organization/accept-invitation", invitationId=invite(owner, admin.email, "admin"))
    admin.organization_id = owner.organization_id
    invitation = invite(admin, guest.email, "admin")
    owner.auth("organization/remove-member", memberIdOrEmail=admin.email, organizationId=owner.organization_id)
    for answer in (None, "accept"):
        refused = page(environment.base_url, invitation, guest.browser, answer=answer)
        assert refused.status_code == 404 and "No longer valid" in text(refused)
    assert guest.user["id"] not in members(environment, owner.organization_id)


def test_accepting(environment, owner, guest):
    invitation = invite(owner, guest.email, "admin")
    shown = page(environment.base_url, invitation, guest.browser)
    assert shown.status_code == 200
    assert f"Ow <b>ner</b> & Söhne ({owner.email}) invites you to join Ow <b>ner</b> & Söhne as admin." in text(shown)
    assert [re.search(r'value="(\w+)"', button)[1] for button in re.findall(r"<button.*?>", shown.text)] == ["accept", "decline"]
    assert guest.user["id"] not in members(environment, owner.organization_id), "looking answers nothing"
    done = page(environment.base_url, invitation, guest.browser, answer="accept")
    assert done.status_code == 200 and "Welcome to Ow <b>ner</b>" in text(done)
    assert guest.user["id"] in members(environment, owner.organization_id)
    assert guest.admin("GET", "/projects", headers={"x-organization-id": owner.organization_id}).status_code == 200
    for answer in (None, "accept", "decline"):
        again = page(environment.base_url, invitation, guest.browser, answer=answer)
        assert again.status_code == 404 and "No such invitation" in text(again)


def test_declining(environment, owner, guest):
    invitation = invite(owner, guest.email)
    assert "Declined" in text(page(environment.base_url, invitation, guest.browser, answer="decline"))
    assert environment.sql(f"select status from invitation where id = '{invitation}'") == [["rejected"]]
    assert page(environment.base_url, invitation, guest.browser, answer="accept").status_code == 404
    assert guest.user["id"] not in members(environment, owner.organization_id)


def test_whose_it_is_not_and_what_is_over(environment, owner, guest):
    other = Team(environment.base_url, "Other")
    invitation = invite(owner, guest.email)
    for answer in (None, "accept", "decline"):
        refused = page(environment.base_url, invitation, other.browser, answer=answer)
        assert refused.status_code == 403 and "another address" in text(refused) and guest.email not in text(refused)
        assert owner.email not in text(refused)
    environment.sql(f"""update invitation set "expiresAt" = now() - interval '1 second' where id = '{invitation}'""")
    for answer in (None, "accept"):
        assert page(environment.base_url, invitation, guest.browser, answer=answer).status_code == 404
    assert page(environment.base_url, "nothing", guest.browser).status_code == 404
    assert other.user["id"] not in members(environment, owner.organization_id)


def test_another_site_cannot_answer_for_its_visitor(environment, owner, guest):
    invitation = invite(owner, guest.email)
    for origin in ("https://evil.example", "null"):
        refused = page(environment.base_url, invitation, guest.browser, answer="accept", origin=origin)
        assert refused.status_code == 403 and "Not from here" in text(refused)
    assert guest.user["id"] not in members(environment, owner.organization_id)
    for answer in ("", "maybe", "accept&answer=decline", "x" * 900):
        assert page(environment.base_url, invitation, guest.browser, answer=answer).status_code == 400
    large = guest.browser.post(f"{environment.base_url}/invitations/{invitation}", data="x" * 5000, timeout=20)
    assert large.status_code == 413
    assert requests.delete(f"{environment.base_url}/invitations/{invitation}", timeout=20).status_code == 405
