"""The shapes of executions and tasks follow the contract."""

from datetime import UTC, datetime

import msgspec

from havre.edge.api.wire.execution import execution_shape, task_shape
from havre.jobs import Cause, State
from havre.jobs.model import Execution, Task
from unit.edge.api.contract import swagger
from unit.edge.api.schema import faults

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_an_execution_and_a_task_follow_the_contract_in_harbors_words() -> None:
    tasks = {State.SUCCEEDED: 2, State.FAILED: 1}
    execution = Execution(
        1, "SCAN_ALL", 7, Cause.EVENT, State.FAILED, "one failed", {"a": [1]}, _NOW, _NOW, _NOW, tasks
    )
    task = Task(2, 1, "SCAN", State.WAITING, "", 0, {}, "", None, _NOW, _NOW, None, None)

    shown = msgspec.to_builtins(execution_shape(execution))
    waiting = msgspec.to_builtins(task_shape(task))

    definitions = swagger()["definitions"]
    assert not list(faults(shown, definitions["Execution"]))
    assert not list(faults(waiting, definitions["Task"]))
    assert (shown["status"], shown["trigger"]) == ("Error", "EVENT")
    assert shown["metrics"] == {"task_count": 3, "success_task_count": 2, "error_task_count": 1}
    assert (waiting["status"], waiting["run_count"]) == ("Pending", 0)
