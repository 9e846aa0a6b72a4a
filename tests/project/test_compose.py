"""The compose file in the docs: its form, and that what it says of this program is so."""

from __future__ import annotations

import inspect
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from qa.cli import keeping, servers
from qa.search.indexes.server import MilvusServer
from qa.store.databases.addresses import parse

ROOT = Path(__file__).parents[2]
COMMANDS = {"serve": servers.serve, "sync": keeping.sync}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    import yaml

    page = (ROOT / "docs" / "servers.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- compose -->\n```yaml\n(.*?)```\n<!-- /compose -->", page, re.DOTALL)
    assert found is not None
    loaded: dict[str, Any] = yaml.safe_load(found[1])
    return loaded


def test_what_services_name_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"postgres", "milvus", "sync", "chat1", "chat2", "proxy"}
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        named = {volume.split(":")[0] for volume in service.get("volumes", ())}
        assert {name for name in named if not name.startswith("./")} <= set(compose["volumes"])
        assert {config["source"] for config in service.get("configs", ())} <= set(
            compose["configs"]
        )
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    for line in re.findall(r"COPY (.*)", services["sync"]["build"]["dockerfile_inline"]):
        assert all((ROOT / name).exists() for name in line.split()[:-1])


def test_its_addresses_are_those_of_its_services(compose: dict[str, Any]) -> None:
    services = compose["services"]
    settings = services["chat1"]["environment"]
    assert settings == services["chat2"]["environment"] == services["sync"]["environment"]
    store = parse(settings["YINJU_STORE"]).parameters
    database = services[store["host"]]["environment"]
    assert (store["user"], store["dbname"]) == (database["POSTGRES_USER"], database["POSTGRES_DB"])
    assert settings["PGPASSWORD"] == database["POSTGRES_PASSWORD"] == "${PGPASSWORD:?}"
    assert MilvusServer(settings["YINJU_INDEX"]).name.endswith("milvus:19530")


@pytest.mark.parametrize("service", ["sync", "chat1", "chat2"])
def test_its_commands_have_the_options_that_they_are_given(
    compose: dict[str, Any], service: str
) -> None:
    program, command, *rest = shlex.split(compose["services"][service]["command"])
    known = inspect.signature(COMMANDS[command]).parameters
    assert program == "yinju"
    options = {word[2:].replace("-", "_") for word in rest if word.startswith("--")}
    assert options
    assert options <= set(known)


def test_the_proxy_leads_to_both_servers_by_their_name(compose: dict[str, Any]) -> None:
    proxy = compose["configs"]["proxy"]["content"]
    port = inspect.signature(servers.serve).parameters["port"].default
    assert f"reverse_proxy chat1:{port} chat2:{port} {{" in proxy
    for service in ("chat1", "chat2"):
        words = shlex.split(compose["services"][service]["command"])
        assert proxy.startswith(words[words.index("--allow-host") + 1] + " {")
        mounted = [volume.split(":")[1] for volume in compose["services"][service]["volumes"]]
        assert words[words.index("--auth-file") + 1] in mounted
        assert compose["services"][service]["environment"]["YINJU_LIBRARY"] in mounted
