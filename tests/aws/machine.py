"""An interpreter of the template's state machines: their JSONata by a library, their calls of AWS by who is given."""

from collections.abc import Callable, Mapping
from typing import Any

import jsonata

Call = Callable[[str, dict[str, Any]], Any]
"""An action such as `aws-sdk:s3:putObject`, and its arguments → its result."""


class Machine:
    """Pass, Choice, Task, Map and Succeed, as far as these machines use them. `call` is asked for each task."""

    def __init__(
        self, definition: Mapping[str, Any], call: Call, given: Mapping[str, Any], began: str, id: str = "arn:machine"
    ) -> None:
        self._definition, self._call = definition, call
        self._context: dict[str, Any] = {"Execution": {"Input": given, "StartTime": began}, "StateMachine": {"Id": id}}
        self.variables: dict[str, Any] = {}
        self.ended = ""

    def run(self) -> "Machine":
        self._states(self._definition, self._context["Execution"]["Input"])
        return self

    def _states(self, machine: Mapping[str, Any], given: Any) -> None:
        name = machine["StartAt"]
        while name:
            self.ended, state = name, machine["States"][name]
            name = self._state(state, given)

    def _state(self, state: dict[str, Any], given: Any) -> str | None:
        result = None
        if state["Type"] == "Choice":
            chosen = (each["Next"] for each in state["Choices"] if self._said(each["Condition"], given) is True)
            return next(chosen, state["Default"])
        if state["Type"] == "Task":
            result = self._call(state["Resource"].rpartition(":::")[2], self._said(state["Arguments"], given))
        if state["Type"] == "Map":
            assert state["MaxConcurrency"] == 1
            for item in state["Items"]:
                self._states(state["ItemProcessor"], item)
        self.variables |= {key: self._said(value, given, result) for key, value in state.get("Assign", {}).items()}
        following: str | None = state.get("Next")
        return following

    def _said(self, node: Any, given: Any, result: Any = None) -> Any:
        """A value with its expressions' results in place. An expression without one fails, as in Step Functions."""
        if isinstance(node, dict):
            return {key: self._said(value, given, result) for key, value in node.items()}
        if isinstance(node, list):
            return [self._said(value, given, result) for value in node]
        if not (isinstance(node, str) and node.startswith("{%")):
            return node
        asked = jsonata.Jsonata(node.removeprefix("{%").removesuffix("%}"))
        frame = asked.create_frame()
        frame.bind("states", {"input": given, "result": result, "context": self._context})
        for name, value in self.variables.items():
            frame.bind(name, value)
        said = asked.evaluate(None, frame)
        assert said is not None, f"{node} says nothing"
        return said
