"""What retention and its rules refuse."""

from havre.kernel.errors import Conflict, Invalid, NotFound


class SelectorInvalid(Invalid):
    """A selector of a rule says nothing; the text names what is wrong and what to write."""


class RuleInvalid(Invalid):
    """A rule makes no sense as it stands."""


class RuleUnknown(NotFound):
    """The project has no such rule."""

    def __init__(self, rule_id: int, project: str) -> None:
        super().__init__(f"immutable tag rule {rule_id} not found in project {project}")


class RuleExists(Conflict):
    """The project has a rule that says the same."""

    def __init__(self, rule_id: int, project: str) -> None:
        super().__init__(
            f"immutable tag rule {rule_id} of project {project} selects the same already: change that one"
        )
