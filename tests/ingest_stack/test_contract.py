"""One schema, and everything that is derived from it: the gate, the columns, the documents."""

import json
import re

import duckdb
import jsonschema
import pytest
from openapi_spec_validator import validate

from errors import ContractError
from ingest_stack import contract, documents
from tests.ingest_stack.conftest import ROOT, request

DOCS = ROOT / "docs"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"menu_version": "1"}, "menu_version: expected a whole number, got text."),
        ({"guest_id": 5}, "guest_id: expected text or null, got a whole number."),
        ({"colour": 1}, "colour: is no field of the contract."),
        ({"events": [{"seq": 0, "at": 1}]}, "events[0].type: is missing."),
        ({"events": []}, "events: expected a list of length >= 1."),
        ({"restaurant_id": "x" * 65}, "restaurant_id: expected text of length <= 64."),
        ({"sent_at": 2**53 + 1}, "sent_at: expected a whole number <= 9007199254740992."),
    ],
)
def test_a_refusal_is_in_plain_words(change: dict[str, object], words: str) -> None:
    with pytest.raises(ContractError) as refusal:
        contract.read_request(json.dumps(request() | change).encode())
    assert str(refusal.value) == words


@pytest.mark.parametrize("field", [*contract.ENVELOPE, "events", *contract.EVENT])
@pytest.mark.parametrize("value", [None, True, -1, 0, 1, 2**53 + 1, 0.5, "", "x", "x" * 65, [], {}])
def test_the_gate_and_the_json_schema_agree(field: str, value: object) -> None:
    sent = request()
    (sent["events"][0] if field in contract.EVENT else sent)[field] = value
    try:
        jsonschema.validate(sent, contract.SCHEMA)
        valid = True
    except jsonschema.ValidationError:
        valid = False
    try:
        contract.read_request(json.dumps(sent).encode())
        passed = True
    except ContractError:
        passed = False
    assert passed == valid


def test_the_schema_is_a_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(contract.SCHEMA)


def test_the_columns_are_duckdbs_types() -> None:
    for columns in (contract.request_columns(), contract.columns(contract.ENVELOPE | contract.EVENT)):
        sql = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in columns.items())
        assert duckdb.sql(f"SELECT {sql}").columns == list(columns)


def test_the_openapi_document_is_valid_and_written_down() -> None:
    validate(documents.openapi())
    assert json.loads((DOCS / "openapi.json").read_text()) == documents.openapi(), (
        "write it anew: python -m ingest_stack.documents"
    )


def test_the_tables_of_the_contract_in_words_are_the_schemas() -> None:
    text = (DOCS / "contract.md").read_text()
    for fields in (contract.ENVELOPE, contract.EVENT):
        assert all(f"\n| `{name}` | " in text for name in fields)
    assert documents.with_tables(text) == text, "write them anew: python -m ingest_stack.documents"


def test_the_examples_of_the_contract_in_words_keep_it() -> None:
    examples = re.findall(r"```json\n(.*?)```", (DOCS / "contract.md").read_text(), re.DOTALL)
    assert examples
    for example in examples:
        contract.read_request(example.encode())
