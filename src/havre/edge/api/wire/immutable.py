"""The shapes of immutable tag rules."""

from collections.abc import Iterable
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from havre.edge.api.faults import SchemaViolated
from havre.retention import ImmutableRule, RuleChanges, RuleWords, Selector

_ACTION: Final = "immutable"
_TEMPLATE: Final = "immutable_template"
_SCOPE: Final = "repository"
_Number = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]


class SelectorShape(msgspec.Struct):
    """`ImmutableSelector`."""

    kind: str = ""
    decoration: str = ""
    pattern: str = ""
    extras: str = ""

    def selector(self) -> Selector:
        """Read it."""
        return Selector(self.kind, self.decoration, self.pattern, self.extras)


class RuleShape(msgspec.Struct):
    """`ImmutableRule`."""

    id: int
    priority: int
    disabled: bool
    action: str
    template: str
    tag_selectors: list[SelectorShape]
    scope_selectors: dict[str, list[SelectorShape]]
    params: dict[str, object] = msgspec.field(default_factory=dict)


class RuleReq(msgspec.Struct):
    """`ImmutableRule` as it is sent; `id` and `params` say nothing."""

    id: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] = 0
    priority: _Number | None = None
    disabled: bool | None = None
    action: str = ""
    template: str = ""
    params: dict[str, dict[str, object]] | None = None
    tag_selectors: list[SelectorShape] | None = None
    scope_selectors: dict[str, list[SelectorShape]] | None = None

    def words(self) -> RuleWords:
        """Read a whole rule.

        Raises: SchemaViolated.
        """
        changes = self.changes()
        if changes.tag_selectors is None:
            raise SchemaViolated("tag_selectors is required: name the tags that are to stay as they are")
        if changes.repository_selectors is None:
            raise SchemaViolated("scope_selectors is required: name the repositories under repository")
        return changes.on(RuleWords(changes.tag_selectors, changes.repository_selectors))

    def changes(self) -> RuleChanges:
        """Read what is there of a rule.

        Raises: SchemaViolated.
        """
        if self.action not in ("", _ACTION):
            raise SchemaViolated(f"action must be {_ACTION}, not {self.action[:40]!r}")
        if self.template not in ("", _TEMPLATE):
            raise SchemaViolated(f"template must be {_TEMPLATE}, not {self.template[:40]!r}")
        return RuleChanges(_selectors(self.tag_selectors), self._repositories(), self.disabled, self.priority)

    def _repositories(self) -> tuple[Selector, ...] | None:
        if self.scope_selectors is None:
            return None
        if set(self.scope_selectors) != {_SCOPE}:
            raise SchemaViolated(f"scope_selectors must hold {_SCOPE} and nothing else")
        return _selectors(self.scope_selectors[_SCOPE])


def rule_shape(rule: ImmutableRule) -> RuleShape:
    """Show a rule."""
    return RuleShape(
        id=rule.rule_id,
        priority=rule.words.priority,
        disabled=rule.words.is_disabled,
        action=_ACTION,
        template=_TEMPLATE,
        tag_selectors=_shapes(rule.words.tag_selectors),
        scope_selectors={_SCOPE: _shapes(rule.words.repository_selectors)},
    )


def _selectors(shapes: Iterable[SelectorShape] | None) -> tuple[Selector, ...] | None:
    return None if shapes is None else tuple(shape.selector() for shape in shapes)


def _shapes(selectors: Iterable[Selector]) -> list[SelectorShape]:
    return [SelectorShape(one.kind, one.decoration, one.pattern, one.extras) for one in selectors]
