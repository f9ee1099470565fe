"""`havre worker`: run jobs without serving."""

import asyncio
import signal

import typer

from havre.assembly.worker import run_worker
from havre.cli.logs import configure_logs
from havre.cli.options import ConfigFile, Data, DatabaseUrl, refusing, resolve
from havre.settings import Settings


def worker(data: Data = None, database_url: DatabaseUrl = None, config_file: ConfigFile = None) -> None:
    """Run jobs and schedules until SIGTERM or Ctrl-C, beside instances that serve the same data."""
    with refusing():
        settings = resolve(config_file, data=data, database_url=database_url)
        configure_logs(settings.log_level)
        asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with run_worker(settings):
        typer.echo(f"Havre runs jobs  (data in {settings.data})")
        await ended.wait()
