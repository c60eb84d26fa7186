"""schemathesis calls every operation with data that fits its schema and data that does not, and judges the answers by the document."""

import json
import os
import random
import subprocess
import sys

import pytest

from interop.api import Team

HERE = os.path.dirname(os.path.abspath(__file__))
# Enough for every check to bite, few enough for a minute.
EXAMPLES = int(os.environ.get("MAINSTAY_EXAMPLES", "12"))


@pytest.fixture(scope="module")
def owner(installation):
    owner = Team(installation.base_url)
    # Room for everything that is created.
    installation.sql(f"insert into organization_plan (organization_id, plan) values ('{owner.organization_id}', 'enterprise')")
    return owner


@pytest.mark.parametrize("tier", ["v1", "admin"])
def test_answers_are_as_documented(installation, owner, tier, tmp_path):
    queue = owner.queue("https://example.com/hook")
    message = queue.publish({"order": 1}, delay="P1D")
    known = {"project": owner.project_id, "queue": queue.name, "message": message["id"], "organization": owner.organization_id}
    session = next(cookie.value for cookie in owner.browser.cookies if cookie.name.endswith("session_token"))
    scheme = f'apiKey]\nbearer = "{owner.key}"' if tier == "v1" else f'session]\napi_key = "{session}"'
    (tmp_path / "schemathesis.toml").write_text(
        f'[auth.openapi.{scheme}\n' + ("" if tier == "v1" else f'[headers]\nOrigin = "{installation.base_url}"\n'))
    seed = int(os.environ.get("MAINSTAY_SEED") or random.randrange(1 << 32))
    print(f"MAINSTAY_SEED={seed} repeats this run")
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", f"{installation.base_url}/{tier}/openapi.json", "--mode", "all", "--checks", "all",
        "--max-examples", str(EXAMPLES), "--seed", str(seed), "--continue-on-failure", "--request-timeout", "15",
        "--warnings", "off", "--generation-database", "none",
    ]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": HERE, "MAINSTAY_KNOWN": json.dumps(known)}
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, cwd=tmp_path)
    assert result.returncode == 0, result.stdout[-12000:] + result.stderr[-3000:]
    print(result.stdout[-1500:])
