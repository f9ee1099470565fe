"""Operations that show and steer jobs."""

from typing import Final

from starlette.responses import PlainTextResponse, Response

from havre.edge.api.conventions import done, item
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.jobservice import ActionRequest, pool_shape, queue_shape, worker_shape
from havre.jobs import QueueAction


async def _pools(parts: ApiParts, request: ApiRequest) -> Response:
    return item([pool_shape(pool) for pool in await parts.jobs.monitor.pools(request.actor)])


async def _workers(parts: ApiParts, request: ApiRequest) -> Response:
    workers = await parts.jobs.monitor.workers(request.actor, request.text("pool_id"))
    return item([worker_shape(worker) for worker in workers])


async def _queues(parts: ApiParts, request: ApiRequest) -> Response:
    return item([queue_shape(queue) for queue in await parts.jobs.monitor.queues(request.actor)])


async def _steer(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(ActionRequest)
    await parts.jobs.steer.queue(request.actor, request.text("job_type"), QueueAction(wanted.action))
    return done()


async def _stop(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.jobs.steer.stop_job(request.actor, request.text("job_id"))
    return done()


async def _log(parts: ApiParts, request: ApiRequest) -> Response:
    return PlainTextResponse(await parts.jobs.monitor.log(request.actor, request.text("job_id")))


HANDLERS: Final[Handlers] = {
    "getWorkerPools": _pools,
    "getWorkers": _workers,
    "listJobQueues": _queues,
    "actionPendingJobs": _steer,
    "stopRunningJob": _stop,
    "actionGetJobLog": _log,
}
