"""What retention and its rules refuse."""

from havre.kernel.errors import Invalid


class SelectorInvalid(Invalid):
    """A selector of a rule says nothing; the text names what is wrong and what to write."""
