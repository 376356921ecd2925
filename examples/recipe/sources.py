"""Collects Lua sources: from Debian packages, which apt-get downloads, or from a directory.

    python3 sources.py OUT [--sources DIR] [--files N]

Below OUT, the first directory of a path is the package, or what it is in DIR. Only names ending in .lua are taken.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

PACKAGES = """
    ardour-data awesome knot-resolver lmod lua-argparse lua-busted lua-cliargs lua-copas lua-cosmo lua-cqueues lua-dkjson
    lua-http lua-inspect lua-json lua-ldoc lua-lgi lua-logging lua-lpeg lua-lpeg-patterns lua-luassert lua-markdown
    lua-penlight lua-socket lua-unit luakit luarocks minetest-data neovim-runtime nmap-common prosody rspamd
    texlive-luatex vis wireplumber
""".split()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--sources", type=pathlib.Path, help="take the sources from this directory")
    parser.add_argument("--files", type=int, help="take so many files, from all packages")
    args = parser.parse_args()

    if args.sources:
        copy(args.sources, args.output, args.files)
        return
    with tempfile.TemporaryDirectory() as directory:
        everything = pathlib.Path(directory) / "sources"
        for package in PACKAGES:
            download(package, everything)
        copy(everything, args.output, args.files)


def download(package, output):
    """Unpacks the Lua files of a package. Needs apt-get and dpkg-deb, but no rights of the administrator."""
    with tempfile.TemporaryDirectory() as directory:
        # Without the option, root is warned that apt's own user cannot write into the directory.
        command = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package]
        subprocess.run(command, cwd=directory, check=True, stdout=subprocess.DEVNULL)
        (archive,) = pathlib.Path(directory).glob("*.deb")
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE) as unpack:
            with tarfile.open(fileobj=unpack.stdout, mode="r|") as tar:
                for member in tar:
                    if member.isfile() and member.name.endswith(".lua"):
                        path = output / package / member.name
                        path.parent.mkdir(parents=True, exist_ok=True)
                        path.write_bytes(tar.extractfile(member).read())
        print(archive.name, file=sys.stderr)


def copy(source, output, count):
    """Copies the Lua files of a directory: all, or so many at equal distances in their sorted order."""
    found = sorted(path for path in source.rglob("*.lua") if path.is_file())
    if not found:
        sys.exit(f"{source}: no Lua files")
    if count and count < len(found):
        found = [found[index * len(found) // count] for index in range(count)]
    for path in found:
        target = output / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    print(f"{len(found)} files", file=sys.stderr)


if __name__ == "__main__":
    main()
