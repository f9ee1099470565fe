"""What can go wrong with scanning."""

from havre.kernel.errors import Conflict, Denied, HavreError, Invalid, NotFound, Precondition


class AdvisoriesMissing(NotFound):
    """There is no database of advisories, or none of this version's form; the text says what to do."""


class ImportRefused(Conflict):
    """Advisories were not imported and nothing was changed; the text says why."""


class SourceUnreadable(Invalid):
    """A file of advisories is not what its name says, or holds too much; the text says which."""


class ImageUnreadable(Invalid):
    """What was named is no image in a form that is known; the text says what it lacks."""


class NotScannable(Invalid):
    """An artifact holds nothing that scanning reads; the text says what it is."""


class ReportUnknown(NotFound):
    """There is no report: nobody had the artifact scanned, or the report is another artifact's."""


class ScanAllRunning(Conflict):
    """Everything is being scanned already."""

    def __init__(self, execution_id: int) -> None:
        super().__init__(
            f"everything is being scanned as execution {execution_id}: stop that first, or wait for its end"
        )


class PullRefused(Precondition):
    """The project lets nobody pull what is dangerous; the text says what it is."""


class ScannerInvalid(Invalid):
    """What is said of a scanner cannot be used; the text names the field."""


class ScannerUnknown(NotFound):
    """There is no such scanner."""

    def __init__(self, uuid: str) -> None:
        super().__init__(f"there is no scanner {uuid[:60]}")


class ScannerExists(Conflict):
    """Another scanner has the name or the URL; the text says which."""


class ScannerBuiltIn(Denied):
    """The scanner of the instance itself is neither changed nor deleted."""


class ScannerUnhealthy(Invalid):
    """A scanner does not answer, or not as one; the text says why."""


class ScannerFailed(HavreError):
    """A scanner that was asked did not do it; the text says what it answered."""


class ScannerUnusable(Precondition):
    """The project's scanner is disabled or cannot do this; the text says what to do."""


class ExportUnknown(NotFound):
    """There is no such export of this caller, or its file is not there any more; the text says which."""


class ExportInvalid(Invalid):
    """What is to be exported is not said as it must be; the text names the field."""
