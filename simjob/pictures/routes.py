"""How the arrows of a diagram run and where their labels stand: along a grid, by cheapest ways.

Each arrow in turn takes the way that is cheapest in length, bends and crossings, never through a
state, a label or along another arrow; then each is laid anew among all the others. The same diagram
gives the same routes. What a way costs stands in `router`, where the states stand in `places`.
"""

from simjob.pictures.places import Places
from simjob.pictures.router import Route, Router, UnroutableError

_ATTEMPTS = 40
_PASSES = 2


def routes(places: Places) -> tuple[Route, ...]:
    """The routes of all arrows, in the order in which they were laid.

    Raises:
        UnroutableError: there is no room for one of them.
    """
    order = sorted(places.drawn.arrows, key=Router(places).rank)
    for _ in range(_ATTEMPTS):
        router = Router(places)
        laid: list[Route] = []
        try:
            for arrow in order:
                laid.append(router.lay(arrow))
                router.add(laid[-1])
        except UnroutableError:
            # What finds no room comes first the next time.
            order = [arrow, *(each for each in order if each is not arrow)]
        else:
            return tuple(_improved(places, laid))
    raise UnroutableError(f"{order[0].name}: no room in {_ATTEMPTS} attempts")


def _improved(places: Places, laid: list[Route]) -> list[Route]:
    """Every arrow laid anew among all others, while that makes any of them cheaper."""
    for _ in range(_PASSES):
        before = list(laid)
        for number, old in enumerate(laid):
            router = Router(places)
            for other in laid:
                if other is not old:
                    router.add(other)
            try:
                new = router.lay(old.arrow)
            except UnroutableError:
                continue
            if new.points != old.points:
                laid[number] = new
        if laid == before:
            break
    return laid
