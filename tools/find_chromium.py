"""Finds a Chromium for the browser tests and prints its path; installs Debian's where it may."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS_APPS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
REMEDY = (
    "No Chromium was found. Install it (Debian: apt-get install chromium; macOS: brew install "
    "--cask chromium) or name one: CHROMIUM=/path/to/chromium make test"
)


class NoChromium(Exception):
    """There is none, and none may be installed; the message says what to do."""


def find_chromium() -> str:
    """The path of a Chromium that is there: CHROMIUM, the PATH, then macOS applications."""
    named = os.environ.get("CHROMIUM")
    if named:
        found = shutil.which(named)
        if found is None:
            raise NoChromium(f"CHROMIUM names {named}, which cannot be run.")
        return found
    for name in (*NAMES, *MACOS_APPS):
        found = shutil.which(name)
        if found is not None:
            return found
    raise NoChromium(REMEDY)


def install_chromium() -> None:
    """Install Debian's package, where this is Debian and we are root."""
    if not (Path("/etc/debian_version").exists() and os.geteuid() == 0):
        raise NoChromium(REMEDY)
    print("Installing chromium with apt-get", file=sys.stderr)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in ("update -qq", "install -y -qq --no-install-recommends chromium"):
        done = subprocess.run(
            ["apt-get", *words.split()], env=environment, stdout=subprocess.DEVNULL, check=False
        )
        if done.returncode != 0:
            raise NoChromium(f"apt-get {words} failed. {REMEDY}")


def main() -> int:
    try:
        try:
            print(find_chromium())
        except NoChromium:
            install_chromium()
            print(find_chromium())
    except NoChromium as none:
        print(none, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
