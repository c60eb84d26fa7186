"""A client that openapi-python-client generates from the document calls the server."""

import importlib
import json
import subprocess
import sys

import pytest
import requests

from interop.api import Team


@pytest.fixture(scope="module")
def client_package(installation, tmp_path_factory):
    folder = tmp_path_factory.mktemp("client")
    document = requests.get(f"{installation.base_url}/v1/openapi.json", timeout=10).json()
    (folder / "openapi.json").write_text(json.dumps(document))
    (folder / "config.yml").write_text("package_name_override: generated_mainstay\nproject_name_override: generated\npost_hooks: []\n")
    result = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json", "--config", "config.yml", "--meta", "none",
         "--output-path", "generated_mainstay", "--fail-on-warning"],
        cwd=folder, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    sys.path.insert(0, str(folder))
    yield importlib.import_module("generated_mainstay")
    sys.path.remove(str(folder))


def test_generated_client_creates_publishes_and_reads(installation, client_package):
    from generated_mainstay.api.account import get_me
    from generated_mainstay.api.messages import get_message, publish_message
    from generated_mainstay.api.queues import create_queue, list_queues
    from generated_mainstay.models import CreateQueue, Destination, Problem, PublishMessage

    team = Team(installation.base_url)
    client = client_package.AuthenticatedClient(base_url=installation.base_url, token=team.key, raise_on_unexpected_status=True)
    me = get_me.sync(client=client)
    assert me.data.organization.id == team.organization_id

    queue = create_queue.sync(
        team.project_id, client=client, body=CreateQueue(name="generated", destination=Destination(url="https://example.com/hook")))
    assert queue.data.signing_secret.startswith("whsec_")
    assert [listed.id for listed in list_queues.sync(team.project_id, client=client).data] == [queue.data.id]

    published = publish_message.sync_detailed(
        team.project_id, "generated", client=client, body=PublishMessage(payload={"order": 1842}), idempotency_key="generated-1")
    assert published.status_code == 202
    again = publish_message.sync_detailed(
        team.project_id, "generated", client=client, body=PublishMessage(payload={"order": 1842}), idempotency_key="generated-1")
    assert again.parsed.data.id == published.parsed.data.id and again.headers["idempotency-replayed"] == "true"
    message = get_message.sync(team.project_id, "generated", published.parsed.data.id, client=client)
    assert message.data.payload == {"order": 1842}
    assert message.data.created_at == published.parsed.data.created_at

    refused = create_queue.sync(
        team.project_id, client=client, body=CreateQueue(name="generated", destination=Destination(url="https://example.com")))
    assert isinstance(refused, Problem) and refused.code == "queue_name_taken"
