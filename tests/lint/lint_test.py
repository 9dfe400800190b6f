#!/usr/bin/env python3
"""Every rule of lint.py against a made-up tree that keeps it and trees that break it."""

import contextlib
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import lint  # noqa: E402  (found through the line above)

GOOD = {
    ".clang-format": "BasedOnStyle: Google\nColumnLimit: 100\n",
    "core/shape.h": "#include <immintrin.h>\n#include <stdint.h>\n",
    "core/tensor_host.h": '#include <vector>\n\n#include "core/shape.h"\n',
    "core/kernels/conv_weight_grad.cc": "void ConvWeightGrad() {}\n",
    "core/kernels/gemm_blas.h": "#include <cblas.h>\n",
    "layers/relu.h": '#include "core/shape.h"\n',
    "layers/relu.cc": '#include "layers/relu.h"\nvoid Relu::Forward(int a) const {}\n',
    "layers/relu_grad.cc": '#include <vector>\n\n#include "layers/relu.h"\nvoid Relu::Backward(int a) const {}\n',
    "layers/relu_int8.cc": '#include "layers/relu.h"\nvoid Relu::ForwardInt8(int a) const {}\n',
    "autograd/tape.h": '#include <vector>\n\n#include "layers/relu.h"\n',
    "autograd/tape.cc": '#include "autograd/tape.h"\nvoid Tape::Backward(int a) {}\n',
    "data/cifar.h": '#include <string>\n\n#include "core/tensor_host.h"\n',
    "split/runtime/engine.h": '#include "layers/relu.h"\n#include "split/codec/rans.h"\n',
    "split/codec/rans.h": '#include "core/shape.h"\n',
    "split/link/server.h": '#include <string>\n\n#include "split/runtime/engine.h"\n',
    "tests/core/word_test.cc": '#include "core/shape.h"\n#include "gtest/gtest.h"\n',
    "tests/core/shape_test.cc": '#include "core/shape.h"\n\n#include <gtest/gtest.h>\n',
    "tests/golden/relu.bin": "0" * lint.MAX_GOLDEN,
    "tools/BUILD": 'genrule(name = "list", outs = ["list.inc"])\n',
    "tools/train.cc": '#include "autograd/tape.h"\n#include "data/cifar.h"\n#include "tools/list.inc"\n',
    "README.md": "See https://example.org/home/page, tools/work/x, ./tmp/x $TEST_TMPDIR/tmp/x and ${DIR}/tmp/x.\n",
}
SLASH = "/"  # written apart, so that this file keeps the rule it tests


class LintTest(unittest.TestCase):
    def run_rule(self, rule, changes, environment=None):
        """Returns (exit code, what was printed) of a rule over GOOD with these files changed or added."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**GOOD, **changes}.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            out = io.StringIO()
            with contextlib.redirect_stdout(out), mock.patch.dict(os.environ):
                os.environ.pop("XML_OUTPUT_FILE", None)  # it is this test's own
                os.environ.update(environment or {})
                return lint.main(rule, pathlib.Path(folder)), out.getvalue()

    def expect_broken(self, rule, path, text, said, line=None):
        code, printed = self.run_rule(rule, {path: text})
        self.assertEqual(code, 1, f"{rule} let {path} pass: {text[:80]!r}")
        self.assertIn(said, printed)
        self.assertIn(path if line is None else f"{path}:{line}:", printed)
        self.assertEqual(len(printed.splitlines()), 1, printed)

    def test_good_tree_keeps_every_rule(self):
        for rule in lint.RULES:
            if rule != "format":  # where clang-format is: below
                self.assertEqual(self.run_rule(rule, {}), (0, ""), rule)

    def test_packages_include_only_what_is_below_them(self):
        for path, header in [
            ("core/shape.h", "layers/relu.h"),
            ("core/shape.h", "autograd/tape.h"),
            ("core/tensor_host.h", "data/cifar.h"),
            ("layers/relu_grad.cc", "autograd/tape.h"),
            ("layers/relu.h", "split/codec/rans.h"),
            ("layers/relu.h", "data/cifar.h"),
            ("split/runtime/engine.h", "split/link/server.h"),
            ("split/codec/rans.h", "autograd/tape.h"),
            ("split/codec/rans.h", "data/cifar.h"),
            ("split/link/server.h", "autograd/tape.h"),
            ("split/link/server.h", "data/cifar.h"),
            ("autograd/tape.h", "split/link/server.h"),
            ("autograd/tape.h", "data/cifar.h"),
            ("data/cifar.h", "layers/relu.h"),
            ("data/cifar.h", "autograd/tape.h"),
            ("data/cifar.h", "split/codec/rans.h"),
            ("autograd/tape.h", "tools/train.cc"),
            ("tools/train.cc", "tests/core/shape_test.cc"),
        ]:
            self.expect_broken("includes", path, f'\n#include "{header}"\n', "may not include", line=2)

    def test_bare_code_has_no_containers_heap_or_system(self):
        for header in ["vector", "string", "map", "memory", "iostream", "stdexcept", "stdlib.h", "stdio.h", "unistd.h",
                       "sys/stat.h", "pthread.h", "omp.h", "cblas.h", "thread",
                       "limits.hpp"]:
            for path in ["core/shape.h", "layers/relu.cc", "split/control/link_estimator.cc"]:
                said = "OpenBLAS" if path.startswith("split") and "blas" in header else "bare code may not"
                self.expect_broken("includes", path, f"#include <{header}>\n", said, line=1)

    def test_bare_code_includes_no_host_code(self):
        self.expect_broken("includes", "core/shape.h", '#include "core/tensor_host.h"\n', "bare code may not")
        self.expect_broken("includes", "layers/relu.cc", '#  include "core/kernels/gemm_blas.h"\n', "bare code may not")

    def test_split_uses_no_blas_even_on_a_host(self):
        self.expect_broken("includes", "split/runtime/x_host.cc", "#include <cblas.h>\n", "OpenBLAS")
        self.expect_broken("includes", "split/runtime/x_host.cc", '#include "core/kernels/gemm_blas.h"\n', "OpenBLAS")

    def test_quoted_includes_start_at_the_root(self):
        self.expect_broken("includes", "tools/train.cc", '#include "tape.h"\n', "no file of this repository")
        self.expect_broken("includes", "tools/train.cc", '#include "tools/gone.h"\n', "no file of this repository")
        self.expect_broken("includes", "core/shape.h", '#include "stb/stb_image.h"\n', "bare code may not")
        self.expect_broken("includes", "core/shape_host.h", '#include "../layers/relu.h"\n', "no file of this repository")

    def test_suffixes(self):
        self.expect_broken("suffixes", "core/shape.cpp", "", ".h, .cc and .inc")
        self.expect_broken("suffixes", "core/MyShape.h", "", "snake_case")
        self.expect_broken("suffixes", "layers/gelu_grad.cc", "", "layers/gelu.h")
        self.expect_broken("suffixes", "layers/gelu_int8.cc", "", "layers/gelu.h")
        self.expect_broken("suffixes", "layers/relu_grad.h", "", "is a .cc")
        backward = "template <class T>\nvoid Relu::Backward(const BackwardArgs<T>& a) const {\n"
        self.expect_broken("suffixes", "layers/relu.cc", backward, "_grad.cc", line=2)
        self.expect_broken("suffixes", "layers/relu_grad.cc", "void Relu::ForwardInt8(int a) {\n", "_int8.cc", line=1)

    def test_paths_of_one_machine(self):
        for folder in ["tmp", "work", "root", "home"]:
            for text in [f"{SLASH}{folder}/someone/x", f'open("{SLASH}{folder}/x")', f"--base={SLASH}{folder}/x",
                         f"-I{SLASH}{folder}/x", f"file://{SLASH}{folder}/x"]:
                self.expect_broken("paths", "tools/train.cc", f"\n\n{text}\n", "a path of one machine", line=3)

    def test_sizes(self):
        self.expect_broken("sizes", "core/shape.h", "int x;\n  // " + "x" * 96 + "\n", "a comment of 101 columns", 2)
        self.expect_broken("sizes", "data/big.txt", "x" * (lint.MAX_FILE + 1), "no file is larger")
        self.expect_broken("sizes", "tests/golden/big.bin", "x" * (lint.MAX_GOLDEN + 1), "a golden file has at most")
        many = {f"tests/golden/{i}.bin": "x" * lint.MAX_GOLDEN for i in range(lint.MAX_GOLDENS // lint.MAX_GOLDEN)}
        code, printed = self.run_rule("sizes", many)
        self.assertEqual((code, "together stay below" in printed), (1, True), printed)

    def test_format(self):
        tool = "#!/bin/sh\n[ $1 = --version ] && echo version 14.0.6 && exit 0\nexec false\n"
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "clang-format")
            path.write_text(tool)
            path.chmod(0o755)
            code, printed = self.run_rule("format", {}, {"PATH": f"{folder}:{os.environ['PATH']}"})
            self.assertEqual(code, 1, "a clang-format that fails is no success")
        code, printed = self.run_rule("format", {"core/shape.h": "int  x ;\n"})
        if "skipped" in printed:
            self.skipTest(printed)
        self.assertEqual((code, "core/shape.h:1: not formatted" in printed), (1, True), printed)
        self.assertEqual(self.run_rule("format", {}), (0, ""))

    def test_format_says_why_it_is_skipped(self):
        with tempfile.TemporaryDirectory() as folder:
            result = pathlib.Path(folder, "test.xml")
            code, printed = self.run_rule("format", {}, {"PATH": folder, "XML_OUTPUT_FILE": str(result)})
            self.assertEqual((code, printed), (0, "skipped: clang-format is not installed\n"))
            self.assertIn('<skipped message="clang-format is not installed"/>', result.read_text())
            other = pathlib.Path(folder, "clang-format")
            other.write_text("#!/bin/sh\necho version 19.1.4\n")
            other.chmod(0o755)
            code, printed = self.run_rule("format", {}, {"PATH": f"{folder}:/bin"})
            self.assertEqual((code, "19.1.4" in printed), (0, True), printed)

    def test_an_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(lint.main("includes", pathlib.Path(folder)), 1)

    def test_what_git_ignores_is_left_out(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name in ["tracked.h", "new.h", "gone.h", "ignored.h"]:
                (root / name).write_text("")
            (root / ".gitignore").write_text("/ignored.h\n")
            git = ["git", "-C", folder, "-c", "safe.directory=*"]
            subprocess.run([*git, "init", "--quiet"], check=True)
            subprocess.run([*git, "add", "tracked.h", "gone.h"], check=True)
            (root / "gone.h").unlink()
            self.assertEqual(lint.list_files(root), [".gitignore", "new.h", "tracked.h"])


if __name__ == "__main__":
    unittest.main()
