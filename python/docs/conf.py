"""Sphinx: the documentation of the Python package. Its API pages are the docstrings, whose examples the tests run."""

import lvs

project = "lvs"
author = "the LVS authors"
copyright = f"{author}, MIT OR Apache-2.0"
version = release = lvs.__version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "myst_nb"]
napoleon_google_docstring = False
napoleon_use_rtype = False
html_theme = "furo"
html_title = f"lvs {release}"
exclude_patterns = ["_build"]
nitpicky = True
# Types and errors that stand elsewhere, where building must not need to look.
nitpick_ignore_regex = [("py:.*", r"(?!lvs).*")]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": False}
python_use_unqualified_type_names = True

# Notebooks are kept without what they print: they are run whenever the pages are built, and any exception ends that.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True
