"""Start a run of a rule inside a transaction: one execution with its tasks, or a job that plans them."""

from collections.abc import Sequence
from dataclasses import dataclass

from havre.jobs import Cause, JobOptions, NewExecution, amend_execution, enqueue, running_execution
from havre.jobs import start_execution as start
from havre.jobs.model import Payload
from havre.kernel.clock import Clock
from havre.kernel.work import Work
from havre.replication.naming import target_name
from havre.replication.policy_model import KIND, TASK_KIND, Policy, PolicyWords

ATTEMPTS = 12  # some hours with the queue's backoff; the reconciler goes on after that


@dataclass(frozen=True, slots=True)
class RepositoryOrder:
    """What a task is to do with one repository.

    Without references it looks at all of it; `is_quick` trusts what the rule has put there before instead of
    asking the other side. `deletions` are references whose replicas go, each with the digest that it named.
    """

    repository: str
    references: Sequence[str] = ()
    deletions: Sequence[str] = ()
    is_quick: bool = False


async def start_run(work: Work, clock: Clock, policy: Policy, cause: Cause) -> int:
    """Start a run over everything that a rule is about, and return its number.

    One of a rule that runs alone is over at once while another is under way, and says so.
    """
    busy = await running_execution(work, KIND, policy.id) if policy.words.is_single else None
    execution_id = await start(work, clock, NewExecution(KIND, policy.id, cause))
    if busy is not None:
        await enqueue_skip(work, clock, policy, execution_id, busy)
        return execution_id
    await enqueue_plan(work, clock, policy, execution_id)
    return execution_id


async def enqueue_plan(work: Work, clock: Clock, policy: Policy, execution_id: int) -> None:
    """Add the job that plans a run."""
    options = JobOptions(execution_id=execution_id, priority=1, max_attempts=ATTEMPTS)
    await enqueue(work, clock, KIND, {"vendor_id": policy.id}, options)


async def enqueue_skip(work: Work, clock: Clock, policy: Policy, execution_id: int, busy: int) -> None:
    """Add a job that does nothing, so that the execution ends, and say why it did nothing."""
    said = f"skipped: execution {busy} of the policy, which runs alone, is still under way"
    await amend_execution(work, clock, execution_id, {"skipped": True}, said)
    await enqueue(
        work, clock, KIND, {"vendor_id": policy.id, "skip": said}, JobOptions(execution_id=execution_id)
    )


async def start_orders(
    work: Work, clock: Clock, policy: Policy, cause: Cause, orders: Sequence[RepositoryOrder]
) -> int:
    """Start a run over these repositories alone, and return its number."""
    execution_id = await start(work, clock, NewExecution(KIND, policy.id, cause))
    for order in orders:
        await enqueue_order(work, clock, policy, execution_id, order)
    return execution_id


async def enqueue_order(
    work: Work, clock: Clock, policy: Policy, execution_id: int | None, order: RepositoryOrder
) -> None:
    """Add the task of one repository."""
    payload: Payload = {
        "vendor_id": policy.id,
        "repository": order.repository,
        "references": list(order.references),
        "deletions": list(order.deletions),
        "quick": order.is_quick,
    }
    options = JobOptions(execution_id=execution_id, extra=shown(policy.words, order), max_attempts=ATTEMPTS)
    await enqueue(work, clock, TASK_KIND, payload, options)


def shown(words: PolicyWords, order: RepositoryOrder) -> dict[str, object]:
    """Tell what people see of a task, in Harbor's words."""
    named = [one for one in (*order.references, *order.deletions) if not one.startswith("@")]
    suffix = f":[{','.join(named[:20])}]" if named else ""
    target = target_name(order.repository, words.namespace, words.replace_count)
    deletes = bool(order.deletions) and not order.references
    return {
        "operation": "delete" if deletes else "copy",
        "resource_type": "artifact",
        "source": f"{order.repository}{suffix}",
        "target": f"{target}{suffix}",
    }
