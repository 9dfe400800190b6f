#!/usr/bin/env python3
"""The rules of the house that no compiler checks, over the files of this checkout.

usage: lint.py RULE [FOLDER]

RULE is includes, suffixes, format, paths or sizes. Each rule prints what breaks it as `file:line: why`.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import xml.sax.saxutils

# Package -> what its files may include. The longest name that fits a path counts; tools and tests may include all.
MAY_INCLUDE = {
    "core": ["core"],
    "layers": ["core", "layers"],
    "autograd": ["core", "layers", "autograd"],
    "data": ["core", "data"],
    "split": ["core", "layers", "split/runtime", "split/codec", "split/control"],
    "split/link": ["core", "split"],
    "tools": ["core", "layers", "autograd", "data", "split", "tools"],
    "tools/bench": ["core", "layers", "autograd", "data", "split", "tools", "tests"],  # times the cases of the laws
    "tests": ["core", "layers", "autograd", "data", "split", "tools", "tests"],
}

# Bare code links without libstdc++, OpenBLAS, OpenMP, heap and operating system, so only these headers are open to it;
# the last two ask what the CPU can do.
BARE_HEADERS = re.compile(
    r"(std(int|def|arg|bool|align)|inttypes|limits|float|math|string)\.h|\w+intrin\.h|arm_\w+\.h|type_traits|utility|limits|new|cpuid\.h|sys/auxv\.h"
)
BARE_PACKAGES = ("core", "layers", "split")
NOT_BARE = re.compile(r"_(host|blas|grad)\.")

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')
CODE = (".h", ".cc", ".inc")

MACHINE_PATH = re.compile(r"(?:(?<![\w.$}])|(?<=-[IL]))/(?:tmp|work|root|home|farm)/\w")

CLANG_FORMAT = "14"  # Debian 12's; other versions lay out the same code differently

MAX_COLUMNS = 100
KIB = 1024
MAX_FILE = 1024 * KIB
MAX_GOLDEN = 100 * KIB
MAX_GOLDENS = 2 * 1024 * KIB


class Skip(Exception):
    """Why a rule cannot be checked here."""


def list_files(root):
    """What git tracks or would add; all files where there is no git checkout."""
    command = ["git", "-c", "safe.directory=*", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if (root / ".git").exists():
        names = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode().split("\0")
    else:
        names = [str(path.relative_to(root)) for path in root.rglob("*")]
    return sorted(name for name in set(names) if (root / name).is_file())


def package_of(path):
    fits = [name for name in MAY_INCLUDE if path.startswith(name + "/")]
    return max(fits, key=len, default=None)


def is_bare(path):
    return package_of(path) in BARE_PACKAGES and not NOT_BARE.search(os.path.basename(path))


def is_generated(root, header):
    """Whether the BUILD file of its folder names it, as the output of a rule."""
    build = root / os.path.dirname(header) / "BUILD"
    return build.is_file() and f'"{os.path.basename(header)}"' in build.read_text()


def judge_include(root, path, quoted, system):
    """Says why `path` may not include this header, or nothing."""
    package = package_of(path)
    if quoted and "/" in quoted and quoted.split("/")[0] not in {*MAY_INCLUDE, ".."}:
        quoted, system = None, quoted  # "gtest/gtest.h"
    if package == "split" and "blas" in (quoted or system):
        return "split/{runtime,codec,control} never use OpenBLAS"
    if system:
        if is_bare(path) and not BARE_HEADERS.fullmatch(system):
            return f"bare code may not include <{system}>: it must link without heap, system and libstdc++ (name it *_host?)"
        return None
    if not (root / quoted).is_file() and not is_generated(root, quoted):
        return f'"{quoted}" is no file of this repository, seen from its root'
    if not any(quoted.startswith(allowed + "/") for allowed in MAY_INCLUDE[package]):
        return f'{package} may not include "{quoted}": its packages are {", ".join(MAY_INCLUDE[package])}'
    if is_bare(path) and re.search(r"_(host|blas)\.h$", quoted):
        return f'bare code may not include "{quoted}"'
    return None


def includes(root, files):
    """Which package may include which, and what bare code may include."""
    for path in files:
        if not path.endswith(CODE) or package_of(path) is None:
            continue
        for number, line in enumerate((root / path).read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            why = match and judge_include(root, path, *match.groups())
            if why:
                yield f"{path}:{number}: {why}"


def suffixes(root, files):
    """x.{h,cc} bare, x_grad.cc the training half of a layer, x_int8.cc its integer kernel, x_host.* heap or system."""
    for path in files:
        folder, name = os.path.split(path)
        if package_of(path) is None:
            continue
        stem, extension = os.path.splitext(name)
        if extension in (".cpp", ".cxx", ".c", ".hpp", ".hh"):
            yield f"{path}:1: C++ is written in .h, .cc and .inc"
        if extension not in CODE:
            continue
        if not re.fullmatch(r"[a-z][a-z0-9_]*", stem):
            yield f"{path}:1: file names are snake_case"
        half = re.search(r"_(grad|int8)$", stem)
        if half and path.startswith("layers/"):
            header = os.path.join(folder, stem[: half.start()] + ".h")
            if extension != ".cc" or not (root / header).is_file():
                yield f"{path}:1: *{half[0]} is a .cc that holds a part of the layer declared in {header}"
        if path.startswith("layers/") and extension == ".cc":
            for number, line in enumerate((root / path).read_text().splitlines(), 1):
                for verb, suffix in (("Backward", "_grad"), ("ForwardInt8", "_int8")):
                    if re.match(rf"\s*\w[\w:<>&* ]*::{verb}\s*\(", line):
                        if not stem.endswith(suffix):
                            yield f"{path}:{number}: {verb} is defined in *{suffix}.cc, so that a device can shed it"


def format_(root, files):
    """clang-format, as .clang-format says."""
    tool = shutil.which("clang-format")
    if tool is None:
        raise Skip("clang-format is not installed")
    version = subprocess.run([tool, "--version"], check=True, stdout=subprocess.PIPE).stdout.decode()
    if f"version {CLANG_FORMAT}." not in version:
        raise Skip(f"clang-format is not version {CLANG_FORMAT}, and versions differ: {version.strip()}")
    sources = [path for path in files if path.endswith((".h", ".cc"))]
    if not sources:
        return
    run = subprocess.run([tool, "--dry-run", *sources], cwd=root, stderr=subprocess.PIPE, check=False)
    for path, number in sorted(set(re.findall(r"^(\S+?):(\d+):\d+: ", run.stderr.decode(), re.MULTILINE))):
        yield f"{path}:{number}: not formatted; run clang-format -i {path}"
    if run.returncode != 0:
        yield f"clang-format failed: {run.stderr.decode()}"


def paths(root, files):
    """No path of somebody's machine."""
    for path in files:
        for number, line in enumerate((root / path).read_text(errors="replace").splitlines(), 1):
            match = MACHINE_PATH.search(line)
            if match:
                yield f"{path}:{number}: a path of one machine ({line[match.start():][:40]})"


def sizes(root, files):
    """Small files, golden files that stay few, and comments within the columns that clang-format keeps code in."""
    goldens = 0
    for path in files:
        if path.endswith(CODE):
            for number, line in enumerate((root / path).read_text(errors="replace").splitlines(), 1):
                if len(line) > MAX_COLUMNS and line.lstrip().startswith("//"):
                    yield f"{path}:{number}: a comment of {len(line)} columns; break it after at most {MAX_COLUMNS}"
        size = (root / path).stat().st_size
        if size > MAX_FILE:
            yield f"{path}:1: {size} bytes; no file is larger than {MAX_FILE}"
        if path.startswith("tests/golden/"):
            goldens += size
            if size > MAX_GOLDEN:
                yield f"{path}:1: {size} bytes; a golden file has at most {MAX_GOLDEN}"
    if goldens >= MAX_GOLDENS:
        yield f"tests/golden: {goldens} bytes; the golden files together stay below {MAX_GOLDENS}"


RULES = {"includes": includes, "suffixes": suffixes, "format": format_, "paths": paths, "sizes": sizes}


def main(rule, root):
    skipped, problems = None, []
    try:
        files = list_files(root)
        if not files:
            problems.append(f"{root} holds no files")
        problems += RULES[rule](root, files)
    except Skip as reason:
        skipped = str(reason)
        print(f"skipped: {skipped}")
    for problem in problems:
        print(problem)
    # A test that skips can say so only in the file that Bazel names here.
    if skipped and "XML_OUTPUT_FILE" in os.environ:
        message = xml.sax.saxutils.quoteattr(skipped)
        with open(os.environ["XML_OUTPUT_FILE"], "w", encoding="utf-8") as out:
            out.write(f'<testsuites><testsuite name="lint"><testcase name="{rule}" classname="lint">'
                      f"<skipped message={message}/></testcase></testsuite></testsuites>\n")
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in RULES:
        sys.exit(__doc__)
    # Run by Bazel, this file is a link to the one in the checkout.
    checkout = pathlib.Path(sys.argv[2] if len(sys.argv) == 3 else pathlib.Path(__file__).resolve().parents[2])
    sys.exit(main(sys.argv[1], checkout))
