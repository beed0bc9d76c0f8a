"""The face to Sphinx: the directive `{generated}`."""

from pathlib import Path

from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from generating import PARTS, statuses


class Generated(SphinxDirective):
    """Puts the part that it names where it stands."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The nodes of the part."""
        name = self.arguments[0]
        if name not in PARTS:
            raise self.error(f"no part {name!r}; there are: {', '.join(PARTS)}")
        made = self.parse_text_to_nodes(PARTS[name](), allow_section_headings=True)
        for table in (table for node in made for table in node.findall(nodes.table)):
            table["classes"].append(name)
        return made


def without_factories(*event: object) -> tuple[str, object] | None:
    """In a signature attrs shows a default that is made anew each time as NOTHING."""
    *_, signature, returns = event
    if isinstance(signature, str):
        return signature.replace("=NOTHING", "=..."), returns
    return None


def without_last_lines(_: Sphinx, doctree: nodes.document) -> None:
    """Doctests in a page need an empty line at their end; readers do not."""
    for block in doctree.findall(nodes.literal_block):
        text = block.astext().rstrip()
        block.rawsource = text
        block[:] = [nodes.Text(text)]


def write_diagrams(app: Sphinx, error: Exception | None) -> None:
    """Lay the diagrams beside the pages that show them."""
    if error is None and app.builder.format == "html":
        statuses.write_diagrams(Path(app.outdir) / "_static")


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("generated", Generated)
    app.add_lexer("csv", TextLexer)  # Pygments has none
    app.add_lexer("console", TextLexer)  # its own takes "$8.64 in all" for a command
    app.connect("autodoc-process-signature", without_factories)
    app.connect("doctree-read", without_last_lines)
    app.connect("build-finished", write_diagrams)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
