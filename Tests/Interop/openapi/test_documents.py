"""The documents hold what OpenAPI 3.1 asks of them, and what is served is what the program prints."""

import base64
import hashlib
import json
import re
import subprocess

import pytest
import requests
from openapi_spec_validator import validate

from interop.stack import binary

TIERS = ["v1", "admin", "superadmin"]


def printed(tier, *arguments):
    """What `mainstay openapi` prints, without settings and stores."""
    result = subprocess.run(
        [binary("mainstay"), "openapi", "--tier", tier, *arguments], capture_output=True, timeout=30, env={}, cwd="/")
    assert result.returncode == 0, result.stderr.decode()
    return json.loads(result.stdout)


@pytest.mark.parametrize("tier", TIERS)
def test_document_is_valid_and_served(installation, tier):
    document = printed(tier, "--base-url", installation.base_url)
    validate(document)
    response = requests.get(f"{installation.base_url}/{tier}/openapi.json", timeout=10)
    assert response.status_code == 200 and response.headers["content-type"] == "application/json"
    assert response.json() == document
    tag = response.headers["etag"]
    again = requests.get(f"{installation.base_url}/{tier}/openapi.json", headers={"if-none-match": tag}, timeout=10)
    assert again.status_code == 304 and not again.content


def test_every_operation_is_complete():
    seen = set()
    for tier in TIERS:
        document = printed(tier)
        schemes = document["components"].get("securitySchemes", {})
        for path, item in document["paths"].items():
            for method, operation in item.items():
                name = operation["operationId"]
                assert name not in seen
                seen.add(name)
                assert operation["summary"] and operation["tags"], name
                assert operation["security"] and all(scheme in schemes for entry in operation["security"] for scheme in entry), name
                assert {"401", "500", "503"} <= set(operation["responses"]), name
                for status, response in operation["responses"].items():
                    assert response["description"], (name, status)
                    if status >= "400":
                        examples = response["content"]["application/problem+json"]["examples"]
                        assert all(str(example["value"]["status"]) == status for example in examples.values()), (name, status)
    assert len(seen) >= 13


def test_every_documented_problem_has_its_page(installation):
    pages = requests.get(f"{installation.base_url}/problems", timeout=10).text
    for tier in TIERS:
        text = json.dumps(printed(tier, "--base-url", installation.base_url))
        for url in set(re.findall(r'"type": "(http[^"]+)"', text)):
            page = requests.get(url, timeout=10)
            assert page.status_code == 200, url
            assert url.rsplit("/", 1)[1] in pages


@pytest.mark.parametrize("tier", TIERS)
def test_docs_page_needs_nothing_from_elsewhere(installation, tier):
    response = requests.get(f"{installation.base_url}/{tier}/docs", timeout=10)
    assert response.status_code == 200 and response.headers["content-type"] == "text/html; charset=utf-8"
    html = response.text
    assert f'name="openapi-document" content="/{tier}/openapi.json"' in html
    assert not re.search(r"""(src|href)=["'](https?:)?//""", html) and "@import" not in html
    policy = response.headers["content-security-policy"]
    for element in ("script", "style"):
        text = re.search(f"<{element}>(.*?)</{element}>", html, re.S).group(1)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy and "connect-src 'self'" in policy and "unsafe" not in policy
    assert " on" not in "".join(re.findall(r"<[a-z][^>]*>", html.split("<script>")[0])), "no handlers in markup"
