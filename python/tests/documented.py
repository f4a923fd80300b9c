"""The command lines of the documentation, run as they are written, in an environment of their own."""

import os
import re
import subprocess
import sysconfig
import venv
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
REPOSITORY = PACKAGE.parent
# Where a page's lines are to be typed; in this order, so that the package is there before its documentation is made.
FOLDERS = {"README.md": REPOSITORY, "python/docs/start.md": PACKAGE, "python/README.md": PACKAGE}
LINE = re.compile(r"(?:^    |`)((?:pip install|python -m) [^`\n#]+)", re.MULTILINE)


def lines():
    """Every page with its lines."""
    pages = {page: LINE.findall((REPOSITORY / page).read_text()) for page in FOLDERS}
    return [(page, line.strip()) for page, found in pages.items() for line in found]


class Visitor:
    """Who types them: an environment that has what the package and its documentation need, but not the package."""

    def __init__(self, folder):
        self.folder = folder
        venv.create(folder, with_pip=True)
        ours, theirs = sysconfig.get_path("purelib"), self.ask("import sysconfig; print(sysconfig.get_path('purelib'))")
        # Nothing is fetched that is here already. The editable package of the tests does not come along: what Python
        # finds it by lies in a folder that is no site directory of this environment.
        Path(theirs, "requirements.pth").write_text(f"{ours}\n")

    def ask(self, code, folder=REPOSITORY):
        return self.run([self.folder / "bin" / "python", "-c", code], folder).strip()

    def type(self, line, folder):
        return self.run(["sh", "-c", line], folder)

    def run(self, command, folder):
        # Notebooks draw into themselves, which the tests' own choice would keep them from.
        environment = {name: value for name, value in os.environ.items() if name not in ("MPLBACKEND", "PYTHONPATH")}
        environment |= {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{environment['PATH']}",
            "VIRTUAL_ENV": str(self.folder),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "IPYTHONDIR": str(self.folder / "ipython"),
            "NO_COLOR": "1",
        }
        run = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
        assert run.returncode == 0, f"{command}\n{run.stdout}{run.stderr}"
        return run.stdout

