"""What lists show of the scans of images, and of indexes: their images taken together."""

from collections.abc import Sequence

from havre.kernel.work import Work
from havre.scanning import scan_store, store
from havre.scanning.overview import MIMES, overview_of
from havre.scanning.scan_store import Scan
from havre.scanning.store import FoundRow


async def show_scan(work: Work, scan: Scan, found: Sequence[FoundRow] = ()) -> None:
    """Write what lists show of an image."""
    await _show(work, scan.digest, [scan], found)


async def show_index(work: Work, digest: str, images: Sequence[str]) -> None:
    """Write what lists show of an index, of those of its images that were scanned."""
    scans = list((await scan_store.scans_of(work, images)).values())
    if not scans:
        return
    found = [
        row for one in scans if one.status == "success" for row in await store.found_in(work, one.digest)
    ]
    distinct = list({(row.id, row.package, row.version): row for row in found}.values())
    await _show(work, digest, scans, distinct)


async def _show(work: Work, digest: str, scans: Sequence[Scan], found: Sequence[FoundRow]) -> None:
    await scan_store.put_overview(work, digest, dict.fromkeys(MIMES, overview_of(scans, found)))


async def show_indexes_of(work: Work, repository: str, digest: str) -> None:
    """Do so for those indexes of a repository that list an image, and of which lists show something."""
    for index, images in (await scan_store.shown_indexes_of(work, repository, digest)).items():
        await show_index(work, index, images)


async def show_indexes_everywhere(work: Work, digest: str) -> None:
    """Do so in every repository that holds an image."""
    for place in await scan_store.places_of(work, digest):
        await show_indexes_of(work, place.repository, digest)
