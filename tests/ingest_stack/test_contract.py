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


WHOLE = "must be a whole number from 0 to 9007199254740992"


def refusal(body: bytes) -> str:
    with pytest.raises(ContractError) as refused:
        contract.read_request(body)
    return str(refused.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"menu_version": "1"}, f"menu_version: {WHOLE}, not text."),
        ({"menu_version": 1.0}, f"menu_version: {WHOLE}, not a number with a fraction."),
        ({"menu_version": None}, f"menu_version: {WHOLE}, not null."),
        ({"menu_version": 2**53 + 1}, f"menu_version: {WHOLE}."),
        ({"menu_version": 10**4000}, f"menu_version: {WHOLE}."),
        ({"guest_id": 5}, "guest_id: must be text of 1 to 64 characters or null, not a whole number."),
        ({"restaurant_id": "x" * 65}, "restaurant_id: must be text of 1 to 64 characters."),
        ({"v": 2}, "v: must be 1 or null."),
        ({"colour": 1}, "colour: is no field of the contract."),
        ({"x" * 999: 1}, f"{'x' * 40}…: is no field of the contract."),
        ({"events": []}, "events: must be a list of 1 to 500 events."),
        ({"events": {}}, "events: must be a list of 1 to 500 events, not an object."),
        ({"events": [1]}, "events[0]: must be an object, not a whole number."),
        ({"events": [{"seq": 0, "at": 1}]}, "events[0].type: is missing."),
    ],
)
def test_a_refusal_says_what_a_field_of_the_request_must_be(change: dict[str, object], words: str) -> None:
    assert refusal(json.dumps(request() | change).encode()) == words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": "look" * 99}, f"type: must be one of {', '.join(contract.EVENT['type']['enum'])}."),
        ({"type": 1}, f"type: must be one of {', '.join(contract.EVENT['type']['enum'])}, not a whole number."),
        ({"seq": -1}, f"seq: {WHOLE}."),
        ({"visible_rate": 1.5}, "visible_rate: must be a number from 0 to 1 or null."),
        ({"visible_rate": [0]}, "visible_rate: must be a number from 0 to 1 or null, not a list."),
        ({"currency": "EURO"}, "currency: must be text of 3 characters or null."),
        ({"available": "yes"}, "available: must be true or false or null, not text."),
        ({"dish": 1}, "dish: is no field of the contract."),
    ],
)
def test_a_refusal_says_which_event_and_what_its_field_must_be(change: dict[str, object], words: str) -> None:
    sent = request(events=2)
    sent["events"][1] |= change
    assert refusal(json.dumps(sent).encode()) == f"events[1].{words}"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "request: is not valid JSON: it breaks off."),
        (b'{"v": 1', "request: is not valid JSON: it breaks off."),
        (b'{"v": 1]', "request: is not valid JSON: it goes wrong at byte 7."),
        (b'{"v": NaN}', "request: is not valid JSON: it goes wrong at byte 6."),
        (b'{"visit_id": "\xff"}', "request: is not valid UTF-8."),
        (b"[" * 99_999, "request: must be an object, not a list."),
        (b'{"visit_id": ' + b"[" * 99_999, "visit_id: must be text of 1 to 64 characters, not a list."),
    ],
)
def test_a_refusal_says_where_json_goes_wrong(body: bytes, words: str) -> None:
    assert refusal(body) == words


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
