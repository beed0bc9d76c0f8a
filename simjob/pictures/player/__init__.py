"""The player: one HTML file in which a class walks through the lives of jobs, without a network.

What is shown of a history stands in `tracks`, the histories that might have been in `scenes`, what
fits into a page in `lesson`, the page itself in `document` with its `page.html`, `player.css` and
scripts: `telling.js`, `drawing.js`, `player.js`.
"""

from simjob.pictures.player.document import page

__all__ = ["page"]
