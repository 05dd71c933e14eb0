"""Text in a place of fixed size: a change is drawn without laying out the whole screen again."""

from textual.content import Content
from textual.widgets import Static


class FixedText(Static):
    """A text in a place of fixed size."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__("", id=id, classes=classes, markup=False)
        self._text = Content("")

    def say(self, text: Content | str) -> None:
        """Show another text; nothing is drawn when it is the same."""
        content = Content(text) if isinstance(text, str) else text
        if (content.plain, content.spans) != (self._text.plain, self._text.spans):
            self._text = content
            self.update(content, layout=False)
