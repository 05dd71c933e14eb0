"""Text in a place of fixed size: a change is drawn without laying out the whole screen again."""

from textwrap import wrap

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


class FieldNote(FixedText):
    """What is to be known of the value under the cursor: as many lines as there is room for, and a sign where it is
    longer."""

    def render(self) -> Content:
        """Draw what there is room for."""
        width, height = self.content_size
        if not width or not height:
            return Content()
        lines = wrap(self._text.plain, width, max_lines=height, placeholder=" …", break_on_hyphens=False)
        return Content("\n".join(lines))
