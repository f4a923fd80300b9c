"""The documentation: built without a warning, with its notebooks run and its examples true."""

import doctest
import inspect
import re
import shutil
from pathlib import Path

import documented
import lvs
import nbclient
import nbformat
import pytest

DOCS = Path(__file__).parents[1] / "docs"
NOTEBOOKS = sorted(DOCS.glob("notebooks/*.ipynb"))
PAGES = [page for page in sorted(DOCS.glob("*.md")) if ">>>" in page.read_text()]


@pytest.fixture(scope="module")
def visitor(tmp_path_factory):
    return documented.Visitor(tmp_path_factory.mktemp("visitor"))


@pytest.fixture(scope="module")
def site(visitor):
    """Made by every line that the pages name, in their order: what makes it stands in the last ones."""
    html = documented.REPOSITORY / "target" / "python-docs"
    # Sphinx would leave alone what it thinks has not changed.
    shutil.rmtree(html, ignore_errors=True)
    for page, line in documented.lines():
        visitor.type(line, documented.FOLDERS[page])
    return html


def test_every_documented_line_is_run(visitor, site):
    """As it is written; and in the folder of the package it is the installed one that is imported."""
    lines = documented.lines()
    assert {page for page, _ in lines} == set(documented.FOLDERS)
    assert any("sphinx" in line for _, line in lines) and site.is_dir()
    for folder in (documented.REPOSITORY, documented.PACKAGE):
        assert visitor.ask("import lvs; print(lvs.__file__)", folder).startswith(str(visitor.folder))


def test_every_public_name_has_its_place(site):
    page = (site / "api.html").read_text()
    places = set(re.findall(r'id="lvs\.([\w.]+)"', page))
    named = {name for name in lvs.__all__ if callable(getattr(lvs, name))}
    assert named | {f"plot.{name}" for name in lvs.plot.__all__} <= places
    # What they say comes with them.
    assert all(text in page for text in ("trust in K neighbors from their residuals", "binary fraction that it is"))


def test_every_attack_is_described():
    """In their order, with the strength that a simulation takes where none is given."""
    cells = [line.strip("| \n").split(" | ") for line in (DOCS / "attacks.md").read_text().splitlines() if line.startswith("| `")]
    assert [cell[0].strip("`") for cell in cells] == list(lvs.ATTACKS)
    for attack, what, *strength in cells:
        used = lvs.Simulation(nodes=40, degree=8, attack=attack.strip("`")).setup["strength"]
        default = strength[1].strip() if len(strength) == 2 else None
        assert len(what) > 10 and (default is None) == (used is None), attack
        assert used is None or default.startswith("z for") or float(default) == used, attack


def test_functions_list_what_they_take_and_return():
    """In tables as numpydoc has them."""
    modules = ((lvs, lvs.__all__), (lvs.plot, lvs.plot.__all__))
    functions = [getattr(module, name) for module, names in modules for name in names]
    functions = [function for function in functions if inspect.isroutine(function)]
    assert len(functions) > 20
    for function in functions:
        sections = dict(re.findall(r"^(\w+)\n-+\n(.*?)(?=^\w+\n-+\n|\Z)", inspect.getdoc(function), re.DOTALL | re.MULTILINE))
        rows = re.findall(r"^(\S.*?)(?: : .*)?$", sections.get("Parameters", ""), re.MULTILINE)
        listed = {name.strip("*") for row in rows for name in row.split(", ")}
        signature = inspect.signature(function)
        assert listed == set(signature.parameters), function
        assert ("Returns" in sections) == (signature.return_annotation != "None"), function
        assert "Examples" in sections, function


@pytest.mark.parametrize("name", [notebook.stem for notebook in NOTEBOOKS])
def test_notebooks_are_run_with_the_pages(site, name):
    page = (site / "notebooks" / f"{name}.html").read_text()
    assert page.count("<img") >= 2 and "Traceback" not in page
    # As it is printed, not as the code has it.
    if not_run := re.search(r"(?:<pre>|<span></span>)(NOT RUN on [^<\n]*)", page):
        pytest.skip(not_run[1])


def test_the_market_is_made_where_there_is_no_data(tmp_path):
    """Far from the repository the ratings are not found; everything else holds all the same."""
    notebook = nbformat.read(DOCS / "notebooks" / "reputation_on_bitcoin_otc.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    printed = [output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any(text.startswith("NOT RUN on Bitcoin OTC") for text in printed)


@pytest.mark.parametrize("name", [notebook.stem for notebook in NOTEBOOKS])
def test_notebooks_are_kept_without_what_they_print(name):
    notebook = nbformat.read(DOCS / "notebooks" / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code and all(not cell.outputs and cell.execution_count is None for cell in code)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_in_the_pages(page):
    text = "\n".join(re.findall(r"```pycon\n(.*?)```", page.read_text(), re.DOTALL))
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(doctest.DocTestParser().get_doctest(text, {}, page.name, None, 0))
    result = runner.summarize(verbose=False)
    assert result.failed == 0 and result.attempted > 0
