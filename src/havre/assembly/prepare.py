"""Make or upgrade a data directory, before any process serves it."""

import os
from pathlib import Path

from havre.access import Passwords, create_first_admin
from havre.adapters.database.open import open_database, prepare_database
from havre.assembly.audit import check_forwarding
from havre.assembly.ground import KEY_FILE, has_data, has_key, lay_ground, unlock
from havre.audit import AuditJournal
from havre.kernel.clock import SystemClock
from havre.kernel.errors import StartRefused, Unavailable
from havre.kernel.secret import Secret
from havre.projects import create_library
from havre.settings import Settings
from havre.system import claim_instance, is_claimed


async def prepare(settings: Settings) -> Secret | None:
    """Make or upgrade the data directory; returns the admin's password when it was made up just now.

    Raises: StartRefused with one sentence.
    """
    _prepare_directory(settings)
    check_forwarding(settings)
    is_new = not has_key(settings) and not has_data(settings)
    if settings.database_url is not None and is_new:
        await _require_unclaimed(settings.database_url, settings.data / KEY_FILE)
    vault = unlock(settings, is_new=is_new)  # the look may have made a file in the data directory
    prepare_database(settings.resolved_database_url)
    ground = lay_ground(settings, vault)
    try:
        await claim_instance(ground.database, vault)
        given = settings.admin_password.reveal() if settings.admin_password else None
        password = await create_first_admin(ground.database, Passwords(), ground.clock, given)
        await create_library(ground.database, ground.clock)
    except Unavailable as error:
        raise StartRefused(f"{error}: check the space and the permissions of {settings.data}") from error
    finally:
        await ground.database.close()
    return Secret(password) if password is not None else None


async def _require_unclaimed(url: str, key_file: Path) -> None:
    """Look at a database elsewhere before a key is made for it: it would lie in the way after a failure."""
    prepare_database(url)
    database = open_database(url, AuditJournal(SystemClock()))
    try:
        if await is_claimed(database):
            raise StartRefused(
                f"the key file {key_file} is missing although the database holds an instance: "
                "put it back from the backup, or set HAVRE_MASTER_KEY to its content"
            )
    finally:
        await database.close()


def _prepare_directory(settings: Settings) -> None:
    data = settings.data
    if data.exists() and not data.is_dir():
        raise StartRefused(f"the data directory {data} is no directory: name another with --data")
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o750)
    except OSError as error:
        raise StartRefused(f"the data directory {data} cannot be made: {error.strerror}") from error
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        raise StartRefused(f"the data directory {data} cannot be read and written by this user")
    for file in (settings.tls_cert, settings.tls_key):
        if file is not None and not file.is_file():
            raise StartRefused(f"the TLS file {file} is not there, or is no file")
