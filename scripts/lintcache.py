"""Shared by scripts/tidy and scripts/check-headers: the build folder that they read, and a memory of files that were clean.

The memory holds a hash of the file, of our headers that it includes, of its command and of the checks, so it is valid in
another checkout too. It is in RINGCAST_TIDY_CACHE, by default in the user's cache.
"""

import hashlib
import os
import re
import shlex
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build-tidy")
JOBS = min(2, os.cpu_count() or 1)
CACHE = os.environ.get("RINGCAST_TIDY_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "ringcast-tidy")
CACHE_DAYS = 30
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)


def prepare():
    """Configures build-tidy/, generates the headers that the build makes, and removes old entries of the memory."""
    subprocess.run(["scripts/configure", "tidy"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", BUILD, "build.ninja"], check=True, stdout=subprocess.DEVNULL)
    listing = subprocess.run(["ninja", "-C", BUILD, "-t", "targets", "all"], check=True, capture_output=True, text=True)
    headers = [line.split(": ")[0] for line in listing.stdout.splitlines()
               if re.match(r".*\.(h|hpp): CUSTOM_COMMAND", line)]
    if headers:
        subprocess.run(["ninja", "-C", BUILD, *headers], check=True, stdout=subprocess.DEVNULL)
    os.makedirs(CACHE, exist_ok=True)
    limit = time.time() - CACHE_DAYS * 24 * 3600
    for name in os.listdir(CACHE):
        path = os.path.join(CACHE, name)
        if os.path.getmtime(path) < limit:
            os.unlink(path)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def version(tool):
    """Returns the lines of `tool --version` that name a version; the others name the host's processor."""
    output = subprocess.run([tool, "--version"], check=True, capture_output=True).stdout
    return b"\n".join(line for line in output.splitlines() if b"version" in line)


def closure(path, folders, seen):
    """Adds to `seen` the file and every header of ours or of the build that it includes."""
    if path in seen:
        return
    seen.add(path)
    for name in INCLUDE.findall(read(path).decode("utf-8", "replace")):
        for folder in [os.path.dirname(path), *folders]:
            header = os.path.normpath(os.path.join(folder, name))
            if os.path.isfile(header):
                closure(header, folders, seen)
                break


def mark_of(path, command, common):
    """Returns the file whose existence says that `path`, relative to the root, was clean with this command."""
    folders = [os.path.normpath(os.path.join(BUILD, word[2:])) for word in shlex.split(command) if word.startswith("-I")]
    folders = [folder for folder in folders if folder.startswith(ROOT)]
    files = set()
    closure(os.path.join(ROOT, path), folders, files)
    digest = hashlib.sha256(common)
    digest.update(command.replace(ROOT, "").encode())
    for file in sorted(files):
        digest.update(os.path.relpath(file, ROOT).encode() + b"\0" + read(file) + b"\0")
    return os.path.join(CACHE, digest.hexdigest())


def is_clean(mark):
    """Returns true if the mark exists, and renews it."""
    if not os.path.exists(mark):
        return False
    os.utime(mark)
    return True


def remember(mark):
    open(mark, "w", encoding="utf-8").close()
