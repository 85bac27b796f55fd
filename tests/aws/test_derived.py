"""What the templates derive from the contract: the request model, the columns, the record that Firehose gets."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import airspeed
import duckdb
import jsonschema
import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from hypothesis import given
from hypothesis import strategies as st

from errors import ContractError
from ingest_stack import contract
from ingest_stack.aws import templates
from ingest_stack.collector import is_bot
from ingest_stack.lake import COLUMNS
from tests.aws.conftest import Template
from tests.ingest_stack.conftest import body, request

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
RECEIVED = 1_790_000_000_123
KINDS = ("application/json", "text/plain")


class Util:
    def base64Encode(self, text: str) -> str:
        return base64.b64encode(str(text).encode()).decode()


Send = Callable[..., bytes]


@pytest.fixture(scope="module", params=KINDS)
def send(parsed: dict[str, Template], request: pytest.FixtureRequest) -> Send:
    """Lets the mapping template make Firehose's record of a body; returns the record's bytes."""
    integration = parsed["template"]["Resources"]["SendEvents"]["Properties"]["Integration"]
    text = integration["RequestTemplates"][request.param]["Fn::Sub"].replace("${Stream}", "menulens-requests")
    assert "${" not in text, "all that CloudFormation fills in is the stream's name"
    vtl = airspeed.Template(text)

    def sent(body: bytes, agent: str = PHONE) -> bytes:
        context = {"requestTimeEpoch": RECEIVED, "identity": {"userAgent": agent} if agent else {}, "stage": "v1"}
        put = json.loads(vtl.merge({"input": {"body": body.decode()}, "context": context, "util": Util()}))
        assert put["DeliveryStreamName"] == "menulens-requests"
        return base64.b64decode(put["Record"]["Data"])

    return sent


@pytest.mark.parametrize(
    "sent",
    [
        body(),
        body(events=500),
        body(guest_id=None, v=1),
        body(restaurant_id="🍜" * 64),
        json.dumps(request(restaurant_id="Café „Zur Post“ 麵"), ensure_ascii=False).encode(),
        json.dumps(request(), indent=1).replace("\n", "\r\n").encode(),
        body(restaurant_id="$context.stage ${input.body} #end #set($x = 1) ## \\ \" '"),
        b" " + body() + b" \n",
    ],
    ids=["one", "500 events", "null", "emoji", "unicode", "line breaks", "what VTL would read", "spaces"],
)
def test_a_request_becomes_one_record_with_its_body_untouched(send: Send, sent: bytes) -> None:
    record = send(sent)
    assert record == b'{"received_at":%d,"bot":false,"request":%b}' % (RECEIVED, sent)
    assert contract.read_lines([record], "record")[:2] == (RECEIVED, RECEIVED)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=64))
def test_whatever_a_guest_is_called_stays_as_it_is(parsed: dict[str, Template], name: str) -> None:
    integration = parsed["template"]["Resources"]["SendEvents"]["Properties"]["Integration"]
    lines = integration["RequestTemplates"]["text/plain"]["Fn::Sub"].splitlines()
    (line,) = (line for line in lines if line.startswith("#set($record"))
    given = {"received": "<", "marked": "|", "bot": "b", "request": "|", "end": ">", "input": {"body": name}}
    made = airspeed.Template(f"{line}\n$record").merge(given | {"context": {"requestTimeEpoch": 1}})
    assert made.removeprefix("\n") == f"<1|b|{name}>"


@pytest.mark.parametrize(
    "agent",
    [PHONE, "", "Mozilla/5.0 HeadlessChrome/131.0", "curl/8.0", "Mozilla/5.0 (compatible; Googlebot/2.1)", "x\ny"],
)
def test_a_bot_is_who_is_one_to_the_collector(send: Send, agent: str) -> None:
    assert json.loads(send(body(), agent))["bot"] == is_bot(agent)


def test_every_known_bot_is_known() -> None:
    known = re.compile(templates.bots(), re.DOTALL)
    agents = [agent for bot in CRAWLER_USER_AGENTS_DATA for agent in bot["instances"]]
    assert len(agents) > 1_000
    missed = [agent for agent in agents if not known.search(agent)]
    assert [agent for agent in missed if is_bot(agent)] == []


def test_the_pattern_of_bots_ends_no_text_and_names_nothing_of_cloudformation() -> None:
    assert not re.search(r"""['"\n\\]|\$\{|#""", templates.bots())


def test_no_address_and_no_user_agent_goes_on(template: Template) -> None:
    integration = template["Resources"]["SendEvents"]["Properties"]["Integration"]
    for kind in KINDS:
        text = integration["RequestTemplates"][kind]["Fn::Sub"]
        assert set(re.findall(r"\$!?(context[\w.]*)", text)) == {
            "context.identity.userAgent",
            "context.requestTimeEpoch",
        }
        (record,) = (line for line in text.splitlines() if line.startswith("#set($record"))
        assert "agent" not in record.lower()


def test_both_content_types_are_treated_alike(template: Template) -> None:
    send = template["Resources"]["SendEvents"]["Properties"]
    for by_kind in (send["RequestModels"], send["Integration"]["RequestTemplates"]):
        assert by_kind.keys() == set(KINDS)
        assert by_kind["application/json"] == by_kind["text/plain"]


def test_the_request_model_is_in_the_template_and_valid_draft_4(template: Template) -> None:
    model = template["Resources"]["RequestModel"]["Properties"]["Schema"]
    assert model == contract.draft_4()
    jsonschema.Draft4Validator.check_schema(model)


@pytest.mark.parametrize("field", [*contract.ENVELOPE, "events", *contract.EVENT, "colour"])
@pytest.mark.parametrize("value", [None, True, -1, 0, 1, 2, 2**53 + 1, 0.5, "", "x", "🍜" * 64, "x" * 65, [], {}])
def test_the_request_model_and_the_gate_agree(field: str, value: Any) -> None:
    sent = request()
    (sent["events"][0] if field in contract.EVENT else sent)[field] = value
    try:
        contract.read_request(json.dumps(sent).encode())
        passed = True
    except ContractError:
        passed = False
    assert jsonschema.Draft4Validator(contract.draft_4()).is_valid(sent) == passed


@pytest.mark.parametrize("missing", contract.SCHEMA["required"])
def test_what_the_contract_requires_the_request_model_requires(missing: str) -> None:
    sent = request()
    del sent[missing]
    assert not jsonschema.Draft4Validator(contract.draft_4()).is_valid(sent)


def test_glue_and_duckdb_name_the_same_columns(template: Template) -> None:
    """Firehose's Parquet has the same shape as the laptop's."""
    columns = template["Resources"]["RequestsTable"]["Properties"]["TableInput"]["StorageDescriptor"]["Columns"]
    theirs = {column["Name"]: _duckdb(column["Type"]) for column in columns}
    assert {name: _shape(kind) for name, kind in theirs.items()} == {
        name: _shape(kind) for name, kind in COLUMNS["requests"].items()
    }


def _duckdb(kind: str) -> str:
    """A type of Glue's in DuckDB's words."""
    kind = re.sub(r"array<(struct<[^<>]*>)>", r"\1[]", kind)
    return re.sub(r"(\w+):", r'"\1" ', kind.replace("struct<", "struct(").replace(">", ")"))


def _shape(kind: str) -> str:
    return str(duckdb.sql(f"SELECT NULL::{kind} AS it").types[0])


def test_a_changed_api_is_deployed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before = templates.api_digest()
    monkeypatch.setitem(templates.DERIVED, "request_columns", list)
    assert templates.api_digest() == before, "the lake's columns are none of the API's"
    monkeypatch.setitem(templates.DERIVED, "request_model", dict)
    assert templates.api_digest() != before


def test_nothing_is_left_to_fill_in() -> None:
    for name in templates.NAMES:
        assert "{{" not in templates.render(name)
