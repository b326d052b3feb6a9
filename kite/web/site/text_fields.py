"""A field of a form whose texts our own code reads and checks; templates/components/field.html shows
it.
"""

from dataclasses import dataclass, field


@dataclass
class TextField:
    """What was typed into a field, and the sentences on what is wrong with it.

    `id` is the name of its control as well.
    """

    id: str
    data: str
    errors: list[str] = field(default_factory=list, kw_only=True)

    @property
    def name(self) -> str:
        """The name of its control."""
        return self.id
