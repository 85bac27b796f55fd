"""The contract as documents, put together around the event schema, which is spelled out nowhere else.

python -m ingest_stack.documents      writes docs/openapi.json and the tables of docs/contract.md anew
"""

import json
from pathlib import Path
from typing import Any

from ingest_stack.contract import MAX_BYTES, SCHEMA

_ORIGIN = {"Access-Control-Allow-Origin": {"schema": {"type": "string", "const": "*"}}}
_RETRY = {"Retry-After": {"description": "Seconds to wait before the next attempt.", "schema": {"type": "integer"}}}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string", "description": "A sentence: where, and why."}},
}


def _reply(description: str, schema: dict[str, Any] | None = None, **headers: Any) -> dict[str, Any]:
    reply: dict[str, Any] = {"description": description, "headers": _ORIGIN | headers}
    return reply | ({"content": {"application/json": {"schema": schema}}} if schema else {})


def openapi() -> dict[str, Any]:
    """OpenAPI 3.1: the addresses a guest's page and a load balancer talk to."""
    schema = {name: part for name, part in SCHEMA.items() if not name.startswith("$")}
    sent = {"schema": {"$ref": "#/components/schemas/EventRequest"}}
    accepted = {"type": "object", "required": ["accepted"], "properties": {"accepted": {"type": "integer"}}}
    refused = {"$ref": "#/components/schemas/Error"}
    health = {"type": "object"}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Menulens collector",
            "version": "1",
            "description": "Takes what guests do on a menu. A 202 means that the request is on disk.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "http://127.0.0.1:8801", "description": "`menulens serve`"}],
        "paths": {
            "/v1/events": {
                "post": {
                    "operationId": "sendEvents",
                    "summary": "Send one request: an envelope and its events.",
                    "requestBody": {
                        "required": True,
                        "description": f"JSON of at most {MAX_BYTES:,} bytes, not compressed.",
                        "content": {"application/json": sent, "text/plain": sent},
                    },
                    "responses": {
                        "202": _reply("All events are on disk.", accepted),
                        "400": _reply("The request breaks the contract; none of it was taken.", refused),
                        "413": _reply("The body is too long.", refused),
                        "415": _reply("The content type is neither JSON nor plain text.", refused),
                        "429": _reply("More is waiting than the disk takes; send it again.", refused, **_RETRY),
                        "503": _reply("The request can't be kept now; send it again.", refused, **_RETRY),
                    },
                },
                "options": {
                    "operationId": "preflight",
                    "summary": "What a browser asks before it sends JSON from another origin.",
                    "responses": {"204": _reply("POST and Content-Type are allowed.")},
                },
            },
            "/healthz": {
                "get": {
                    "operationId": "alive",
                    "summary": "Whether the process answers.",
                    "responses": {"200": _reply("It does.", health)},
                }
            },
            "/readyz": {
                "get": {
                    "operationId": "ready",
                    "summary": "Whether events can be kept, and reach the lake in time.",
                    "responses": {"200": _reply("Yes.", health), "503": _reply("No: `problems` says why.", health)},
                }
            },
        },
        "components": {"schemas": {"EventRequest": schema, "Error": _ERROR}},
    }


def table(schema: dict[str, Any]) -> str:
    """The fields of an object schema as a Markdown table."""
    rows = ["| field | type | limits | meaning |", "|---|---|---|---|"]
    for name, field in schema["properties"].items():
        kinds = [field["type"]] if isinstance(field["type"], str) else field["type"]
        needed = "**required**" if name in schema["required"] else "optional"
        rows.append(
            f"| `{name}` | {' or '.join(kinds)}, {needed} | {_limits(field)} | {field.get('description', '')} |"
        )
    return "\n".join(rows)


def _limits(field: dict[str, Any]) -> str:
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "maxLength" in field:
        return f"{field['minLength']} to {field['maxLength']} characters"
    if "maxItems" in field:
        return f"{field['minItems']} to {field['maxItems']} events"
    return f"{_number(field['minimum'])} to {_number(field['maximum'])}" if "maximum" in field else ""


def _number(value: int) -> str:
    return {2**53: "2⁵³", -(2**53): "−2⁵³"}.get(value, str(value))


def with_tables(text: str) -> str:
    """The contract in words, each table after `<!-- fields of … -->` replaced by the schema's."""
    for name, schema in (("a request", SCHEMA), ("an event", SCHEMA["properties"]["events"]["items"])):
        before, mark, after = text.partition(f"<!-- fields of {name} -->\n")
        text = before + mark + table(schema) + "\n\n" + after.partition("\n\n")[2]
    return text


def _write(docs: Path) -> None:
    (docs / "openapi.json").write_text(json.dumps(openapi(), indent=1, ensure_ascii=False) + "\n")
    words = docs / "contract.md"
    words.write_text(with_tables(words.read_text()))


if __name__ == "__main__":
    _write(Path(__file__).parent.parent / "docs")
