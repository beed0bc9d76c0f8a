"""The face to Sphinx: the directive `{generated}`, and attrs classes as readers call them."""


from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from generating import PARTS


class Generated(SphinxDirective):
    """Puts the part that it names where it stands."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The nodes of the part."""
        name = self.arguments[0]
        if name not in PARTS:
            raise self.error(f"no part {name!r}; there are: {', '.join(PARTS)}")
        return self.parse_text_to_nodes(PARTS[name](), allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("generated", Generated)
    app.add_lexer("csv", TextLexer)  # Pygments has none
    return {"parallel_read_safe": True, "parallel_write_safe": True}
