"""The state diagram as one SVG: large, for light and dark, and to be lit by a page around it.

Every state is a group with `data-primary` and `data-status`, every arrow one with `data-from` and
`data-to` (the statuses) and `data-from-primary` and `data-to-primary`. A page lights them with the
classes `now` (a state) and `taken` (an arrow, a state passed). What is drawn stands in `diagram`,
where in `places` and `routes`.
"""

from collections.abc import Iterator
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from simjob.pictures.arrow_labels import LINE, SIZE
from simjob.pictures.corners import Point, passed, towards
from simjob.pictures.diagram import Arrow, Diagram, State, diagram
from simjob.pictures.meanings import CAUSES, PRIMARY, meaning
from simjob.pictures.palette import LOOKS
from simjob.pictures.places import Box, Places
from simjob.pictures.router import Route
from simjob.pictures.routes import routes
from simjob.pictures.typesetting import text_width, wrapped
from simjob.spec.editions import Edition
from simjob.spec.editions import edition as edition_of

_CELL = 24
_NAME = 30
_BOLD = 1.1
_SENTENCE = 20
_LEADING = 25
_STRIPE = 10
_ROUND = 10

_STYLE = """\
.simjob-states{--paper:#fff;--region:#f3f4f6;--edge:#9aa0a8;--ink:#16181c;--soft:#4b5058;\
--line:#3d434b;font-family:"Liberation Sans",Arial,Helvetica,sans-serif;background:var(--paper)}
@media (prefers-color-scheme:dark){.simjob-states{--paper:#121417;--region:#1c2026;--edge:#5d6570;\
--ink:#f2f3f5;--soft:#b9c0c9;--line:#aab2bc;color-scheme:dark}}
.simjob-states .region rect{fill:var(--region);stroke:var(--edge);stroke-width:1.5}
.simjob-states .region text{fill:var(--soft);font-size:26px;font-weight:bold}
.simjob-states .state .box{fill:var(--paper);stroke:var(--edge);stroke-width:2}
.simjob-states .state .stripe{fill:var(--hue)}
.simjob-states .lingers .box{stroke-dasharray:9 6}
.simjob-states .state .name{fill:var(--ink);font-size:30px;font-weight:bold}
.simjob-states .state .meaning{fill:var(--soft);font-size:20px}
.simjob-states .line{fill:none;stroke:var(--line);stroke-width:2.5}
.simjob-states .chip{fill:var(--paper)}
.simjob-states .inside{fill:var(--region)}
.simjob-states .outside{fill:var(--paper)}
.simjob-states .inferred .line{stroke-dasharray:3 6;stroke-linecap:round}
.simjob-states .arrow text{fill:var(--ink);font-size:SIZEpx;text-anchor:middle}
.simjob-states .heading{fill:var(--ink);font-size:38px;font-weight:bold}
.simjob-states .note{fill:var(--soft);font-size:22px}
.simjob-states .head,.simjob-states .birth{fill:var(--line)}
.simjob-states .taken .box{stroke:var(--hue);stroke-width:5}
.simjob-states .now .box{stroke:var(--hue);stroke-width:9}
.simjob-states .taken .line{stroke:var(--ink);stroke-width:6}
"""
_STYLE = _STYLE.replace("SIZE", f"{SIZE * _CELL:g}")


def svg(edition: Edition | str, *, prefix: str = "states") -> str:
    """The diagram of an edition: an `svg` element, the same text each time.

    Args:
        edition: an edition or its name.
        prefix: what ids begin with, so that a page can hold several diagrams.

    Raises:
        ValueError: there is no such edition.

    >>> svg("documented")[:43]
    '<svg xmlns="http://www.w3.org/2000/svg" cla'
    """
    return _drawn(edition_of(edition), prefix)


@lru_cache
def _drawn(edition: Edition, prefix: str) -> str:
    drawn = diagram(edition)
    places = Places(drawn)
    return "\n".join(_lines(drawn, places, routes(places), prefix)) + "\n"


def _lines(drawn: Diagram, places: Places, laid: tuple[Route, ...], prefix: str) -> Iterator[str]:
    width, height = places.width * _CELL, places.height * _CELL
    heading = f"The life of a training job: {drawn.edition.name} edition"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="simjob-states" role="img" '
        f'viewBox="0 0 {width} {height}" '
        f"aria-labelledby={quoteattr(f'{prefix}-title {prefix}-desc')}>"
    )
    yield f"<title id={quoteattr(f'{prefix}-title')}>{escape(heading)}</title>"
    yield f"<desc id={quoteattr(f'{prefix}-desc')}>{escape(_told(drawn))}</desc>"
    yield f"<style>\n{_STYLE}</style>"
    yield f'<rect width="{width}" height="{height}" fill="var(--paper)"/>'
    yield _text(heading, 2 * _CELL, 2.2 * _CELL, "heading")
    for primary, box in places.regions.items():
        yield (
            f'<g class="region" id={quoteattr(f"{prefix}-{primary}")} data-primary="{primary}">'
            f"<title>{escape(PRIMARY[primary])}</title>"
        )
        yield _rect(box, 14)
        yield _text(primary, (box.left + 0.7) * _CELL, (box.top + 1.5) * _CELL)
        yield "</g>"
    yield from _birth(places)
    for number, route in enumerate(laid):
        yield from _arrow(route, places, laid[:number], prefix)
    for state in drawn.states:
        yield from _state(state, places.boxes[state], prefix)
    yield _text(_note(drawn), 2 * _CELL, height - 0.8 * _CELL, "note")
    yield "</svg>"


def _state(state: State, box: Box, prefix: str) -> Iterator[str]:
    hue = LOOKS[state.secondary].colour
    kind = "state lingers" if state.lingers else "state"
    yield (
        f'<g class="{kind}" id={quoteattr(f"{prefix}-{state.name}")} style="--hue:{hue}" '
        f'data-primary="{state.primary}" data-status="{state.secondary}">'
    )
    yield _rect(box, 8, "box")
    yield (
        f'<rect class="stripe" x="{box.left * _CELL + 5}" y="{box.top * _CELL + 5}" '
        f'width="{_STRIPE}" height="{box.height * _CELL - 10}" rx="4"/>'
    )
    left = box.left * _CELL + _STRIPE + 14
    room = box.width * _CELL - _STRIPE - 22
    name = min(_NAME, int(room / text_width(state.secondary) / _BOLD))
    sentence = wrapped(meaning(state.secondary, state.primary), room / _SENTENCE)
    height = _NAME + len(sentence) * _LEADING
    y = (box.top + box.height / 2) * _CELL - height / 2 + _NAME * 0.8
    smaller = f' style="font-size:{name}px"' if name < _NAME else ""
    yield f'<text class="name" x="{left}" y="{y:g}"{smaller}>{state.secondary}</text>'
    for number, line in enumerate(sentence):
        yield _text(line, left, y + _LEADING * (number + 1) + 3, "meaning")
    yield "</g>"


def _arrow(route: Route, places: Places, earlier: tuple[Route, ...], prefix: str) -> Iterator[str]:
    arrow = route.arrow
    kind = "arrow inferred" if arrow.inferred else "arrow"
    yield (
        f'<g class="{kind}" id={quoteattr(f"{prefix}-{arrow.name}")} '
        f'data-from="{arrow.source.secondary}" data-from-primary="{arrow.source.primary}" '
        f'data-to="{arrow.target.secondary}" data-to-primary="{arrow.target.primary}">'
    )
    yield f"<title>{escape(_step(arrow))}</title>"
    for x, y in sorted(_crossings(route, earlier)):
        yield _backed("circle", f'cx="{x * _CELL}" cy="{y * _CELL}" r="8"', x, y, places)
    yield f'<path class="line" d="{_path(route.points)}"/>'
    yield f'<path class="head" d="{_head(*route.points[-2:])}"/>'
    label = route.label
    width, height = (label.width - 0.2) * _CELL, label.height * _CELL
    yield (
        f'<rect class="chip" x="{label.x * _CELL - width / 2:.1f}" '
        f'y="{label.y * _CELL - height / 2:.1f}" width="{width:.1f}" height="{height:.1f}" rx="6"/>'
    )
    first = label.y - (len(label.lines) - 1) / 2 * LINE + SIZE * 0.35
    for number, line in enumerate(label.lines):
        yield _text(line, label.x * _CELL, (first + number * LINE) * _CELL)
    yield "</g>"


def _birth(places: Places) -> Iterator[str]:
    (x, y), end = places.birth[0], places.birth[-1]
    yield f'<circle class="birth" cx="{x * _CELL}" cy="{y * _CELL}" r="9"/>'
    yield f'<path class="line" d="{_path((places.birth[0], end))}"/>'
    yield f'<path class="head" d="{_head(places.birth[0], end)}"/>'


def _crossings(route: Route, earlier: tuple[Route, ...]) -> set[Point]:
    crossed = {point for each in earlier for point in passed(each.points)}
    return crossed & set(passed(route.points))


def _path(corners: tuple[Point, ...]) -> str:
    """A line with rounded corners, that ends where the head begins."""
    drawn = [f"M{corners[0][0] * _CELL} {corners[0][1] * _CELL}"]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        (x, y), ahead, behind = corner, towards(corner, after), towards(corner, before)
        drawn.append(
            f"L{x * _CELL + behind[0] * _ROUND} {y * _CELL + behind[1] * _ROUND}"
            f"Q{x * _CELL} {y * _CELL} "
            f"{x * _CELL + ahead[0] * _ROUND} {y * _CELL + ahead[1] * _ROUND}"
        )
    back = towards(corners[-1], corners[-2])
    drawn.append(f"L{corners[-1][0] * _CELL + back[0] * 8} {corners[-1][1] * _CELL + back[1] * 8}")
    return "".join(drawn)


def _head(before: Point, end: Point) -> str:
    across, down = towards(end, before)
    x, y = end[0] * _CELL, end[1] * _CELL
    base_x, base_y = x + across * 15, y + down * 15
    return (
        f"M{x} {y}L{base_x + down * 8} {base_y + across * 8}"
        f"L{base_x - down * 8} {base_y - across * 8}z"
    )


def _backed(shape: str, geometry: str, x: float, y: float, places: Places) -> str:
    """A shape in the colour of what lies behind it."""
    inside = any(
        box.left < x < box.right and box.top < y < box.bottom for box in places.regions.values()
    )
    return f'<{shape} class="{"inside" if inside else "outside"}" {geometry}/>'


def _rect(box: Box, radius: int, kind: str = "") -> str:
    named = f'class="{kind}" ' if kind else ""
    return (
        f'<rect {named}x="{box.left * _CELL}" y="{box.top * _CELL}" '
        f'width="{box.width * _CELL}" height="{box.height * _CELL}" rx="{radius}"/>'
    )


def _text(text: str, x: float, y: float, kind: str = "") -> str:
    named = f'class="{kind}" ' if kind else ""
    return f'<text {named}x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _step(arrow: Arrow) -> str:
    causes = " ".join(CAUSES[cause] for cause in arrow.causes)
    return f"{arrow.source.secondary} to {arrow.target.secondary}: {causes}"


def _told(drawn: Diagram) -> str:
    """The whole diagram in words."""
    told = [f"A job is born in {drawn.birth.secondary}."]
    for state in drawn.states:
        told.append(
            f"{state.primary}, {state.secondary}: {meaning(state.secondary, state.primary)}"
        )
        told += [
            f"Then {arrow.target.primary}, {arrow.target.secondary} ("
            + ", ".join(cause.value for cause in arrow.causes)
            + ")."
            for arrow in drawn.arrows
            if arrow.source == state
        ]
    return " ".join(told)


def _note(drawn: Diagram) -> str:
    notes = ["Big boxes are TrainingJobStatus, small ones SecondaryStatus."]
    if any(state.lingers for state in drawn.states):
        notes.append("A dashed box is a status that stays while a stop is under way.")
    if any(arrow.inferred for arrow in drawn.arrows):
        notes.append("Dotted arrows are inferred, not recorded.")
    return " ".join(notes)
