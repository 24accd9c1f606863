"""Installs real servers, each in an environment of its own under `.servers/` of the project.

    python3 tests/servers/install.py pycsw pygeoapi owslib

What is there already stays; several are installed side by side. Each environment holds exactly
the packages below: pycsw 2.6.2 needs SQLAlchemy 1, which must not meet the project's own.
"""

import subprocess
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FOLDER = Path(__file__).parents[2] / ".servers"
PACKAGES = {
    "pycsw": ("pycsw==2.6.2", "SQLAlchemy<2", "setuptools<81"),
    "pygeoapi": ("pygeoapi==0.21.0", "SQLAlchemy<2.1"),
    "owslib": ("OWSLib==0.35.0",),
    "oxigraph": ("oxigraph==0.5.13",),
    "sickle": ("sickle==0.7.0",),
}


def install(name: str) -> str:
    """Make the environment `name`; what it says afterwards.

    Raises:
        subprocess.CalledProcessError: pip could not install the packages.
    """
    folder = FOLDER / name
    done = folder / "installed"
    packages = " ".join(PACKAGES[name])
    if done.is_file() and done.read_text("utf-8") == packages:
        return f"{name}: ist da"
    venv.create(folder, with_pip=True, clear=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-compile"]
    subprocess.run([*pip, "--disable-pip-version-check", *PACKAGES[name]], check=True)  # noqa: S603
    done.write_text(packages, "utf-8")
    return f"{name}: installiert"


if __name__ == "__main__":
    wanted = sys.argv[1:] or list(PACKAGES)
    FOLDER.mkdir(exist_ok=True)
    with ThreadPoolExecutor() as threads:
        print("\n".join(threads.map(install, wanted)))
