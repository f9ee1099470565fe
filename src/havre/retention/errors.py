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


class RetentionInvalid(Invalid):
    """A retention policy breaks a rule of its form; the text names the field."""


class RetentionUnknown(NotFound):
    """There is no such retention policy."""

    def __init__(self, policy: int | str) -> None:
        super().__init__(f"retention policy {policy} not found: the project's retention_id names it")


class ProjectRetained(Invalid):
    """The project has a retention policy already."""

    def __init__(self, project: str, policy_id: int) -> None:
        super().__init__(f"project {project} already has retention policy {policy_id}: update that one")


class RulesAlike(Conflict):
    """Two rules of a policy say the same."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"rule {second} says the same as rule {first}: leave one of them out")
