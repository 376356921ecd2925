"""Prints the licences of everything that a published binary is built from: notices.py TARGET.

Reads the dependency graph from `cargo metadata`, and each licence from the crate's own sources. Lua and
zstd are C code inside crates: their notices are printed, too. Fails if a crate names no licence.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice|unlicense)", re.IGNORECASE)


def main():
    packages = compiled_packages(sys.argv[1])
    texts = {}  # The text of a licence -> the packages that carry it.
    without_file = []
    for package in packages:
        name = "%s %s" % (package["name"], package["version"])
        found = list(licence_texts(package))
        if not found:
            without_file.append((name, package["license"]))
        for text in found:
            texts.setdefault(text, []).append(name)

    print("luadec-tok contains the following third-party code.\n")
    for package in packages:
        print("%(name)s %(version)s: %(license)s" % package, package["repository"] or "")
    for name, licence in without_file:
        if not licence:
            sys.exit("%s has neither a licence file nor the name of a licence" % name)
        print("\n%s has no licence file of its own; it is distributed under %s." % (name, licence))
    for text, names in texts.items():
        print("\n%s\n%s\n" % ("-" * 80, ", ".join(names)))
        print(text)


def compiled_packages(target):
    """Returns the packages that the binary for a target is built from, sorted by name."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--features", "full"]
    command += ["--filter-platform", target]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    seen, waiting = set(), [root]
    while waiting:
        for dependency in nodes[waiting.pop()]["deps"]:
            # C code comes in with crates that are built for a build script, such as lua-src.
            is_compiled = any(kind["kind"] in (None, "build") for kind in dependency["dep_kinds"])
            if is_compiled and dependency["pkg"] not in seen:
                seen.add(dependency["pkg"])
                waiting.append(dependency["pkg"])
    return sorted((packages[id] for id in seen), key=lambda package: (package["name"], package["version"]))


def licence_texts(package):
    """Yields the licence files of a package, and those of the C code that it brings."""
    directory = pathlib.Path(package["manifest_path"]).parent
    places = [directory, directory / "zstd"] if package["name"] == "zstd-sys" else [directory]
    for place in places:
        for path in sorted(place.iterdir()):
            if path.is_file() and LICENCE_FILE.match(path.name):
                yield path.read_text(encoding="utf-8", errors="replace").strip()
    if package["name"] == "lua-src":
        # Lua's licence stands at the end of lua.h.
        header = (directory / "lua-5.3.6" / "lua.h").read_text(encoding="latin-1")
        yield header[header.rindex("/****", 0, header.rindex("Copyright (C)")) :].split("#endif")[0].strip()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: notices.py TARGET")
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    main()
