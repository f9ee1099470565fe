"""What can go wrong with scanning."""

from havre.kernel.errors import Conflict, Invalid, NotFound, Precondition


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
