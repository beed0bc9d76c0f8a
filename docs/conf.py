"""How Sphinx builds the site: `python -m sphinx -W docs build/site`, without a network."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # for `generating`

project = "simjob"
version = release = version_of("simjob")
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "generating.extension",
]
nitpicky = False
exclude_patterns = ["generating"]

myst_heading_anchors = 3
default_role = "py:obj"  # `name` in a docstring is a link where it can be one
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
python_use_unqualified_type_names = True
add_module_names = False

html_theme = "furo"
html_title = "simjob"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
