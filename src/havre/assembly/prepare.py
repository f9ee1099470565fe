"""Make or upgrade a data directory, before any process serves it."""

import os

from havre.access import Passwords, create_first_admin
from havre.adapters.database.open import prepare_database
from havre.assembly.ground import lay_ground, unlock
from havre.kernel.errors import StartRefused, Unavailable
from havre.kernel.secret import Secret
from havre.projects import create_library
from havre.settings import Settings
from havre.system import claim_instance


async def prepare(settings: Settings) -> Secret | None:
    """Make or upgrade the data directory; returns the admin's password when it was made up just now.

    Raises: StartRefused with one sentence.
    """
    _prepare_directory(settings)
    vault = unlock(settings)
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
