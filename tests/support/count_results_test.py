#!/usr/bin/env python3
"""The counter against made-up runs: every way a test can go wrong must be counted, and nothing may be counted twice."""

import contextlib
import io
import json
import os
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import count_results  # noqa: E402  (found through the line above)

PASS = '<testcase name="Ok" classname="A" status="run"/>'
FAIL = '<testcase name="Bad" classname="A" status="run"><failure message="1 != 2"/></testcase>'
SKIP = '<testcase name="Later" classname="A" status="run" result="skipped"><skipped message="no data"/></testcase>'
DISABLED = '<testcase name="DISABLED_Off" classname="A" status="notrun"/>'
SHELL = '<testcase name="tests/shell" status="run"/>'
CRASH = '<testcase name="tests/crash" status="run"><error message="exited with error code 139"/></testcase>'


class CountResultsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.events = []

    def add_target(self, label, built=True):
        self.events.append({"id": {"targetConfigured": {"label": label}}, "configured": {"testSize": "MEDIUM"}})
        completed = {"success": True} if built else {}
        self.events.append({"id": {"targetCompleted": {"label": label}}, "completed": completed})

    def add_result(self, label, cases, status="PASSED", **where):
        outputs = []
        if cases is not None:
            # A blank in the name: addresses of files arrive percent-encoded.
            path = self.folder / f"test {len(self.events)}.xml"
            path.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
            outputs = [{"name": "test.log", "uri": "file:///none"}, {"name": "test.xml", "uri": path.as_uri()}]
        result = {"status": status, "testActionOutput": outputs}
        self.events.append({"id": {"testResult": {"label": label, "run": 1, **where}}, "testResult": result})

    def add(self, label, cases, status="PASSED"):
        self.add_target(label)
        self.add_result(label, cases, status)

    def expect(self, last_line, names=(), exit_code=0, returns=None):
        path = self.folder / "events.json"
        path.write_text("".join(json.dumps(event) + "\n" for event in self.events))
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            returned = count_results.main(str(path), str(exit_code))
        lines = out.getvalue().splitlines()
        self.assertEqual(lines[-1], last_line)
        for name in names:
            self.assertTrue(any(name in line for line in lines[:-1]), f"{name} is not in {lines}")
        self.assertEqual(returned, 0 if returns is None else returns)

    def test_counts_cases_and_shell_tests(self):
        self.add("//t:unit", PASS + PASS)
        self.add("//t:shell", SHELL)
        self.expect("3 passed, 0 failed")

    def test_counts_failing_cases_by_name(self):
        self.add("//t:unit", PASS + FAIL, "FAILED")
        self.expect("1 passed, 1 failed", ["FAILED //t:unit A.Bad"], exit_code=3, returns=1)

    def test_believes_the_case_more_than_the_exit_code(self):
        self.add("//t:unit", FAIL)
        self.expect("0 passed, 1 failed", returns=1)

    def test_counts_skipped_cases_apart(self):
        self.add("//t:unit", PASS + SKIP + DISABLED)
        self.expect("1 passed, 0 failed, 2 skipped", ["SKIPPED //t:unit A.Later", "A.DISABLED_Off"])

    def test_counts_a_crash_as_one_failure(self):
        self.add("//t:crash", CRASH, "FAILED")
        self.add("//t:unit", PASS)
        self.expect("1 passed, 1 failed", ["FAILED //t:crash"], exit_code=3, returns=1)

    def test_counts_a_missing_xml_as_a_failure(self):
        self.add("//t:timeout", None, "TIMEOUT")
        self.add("//t:unit", PASS)
        self.expect("1 passed, 1 failed", ["//t:timeout (TIMEOUT"], exit_code=3, returns=1)

    def test_counts_a_torn_xml_as_a_failure(self):
        self.add("//t:torn", PASS + "<testcase")
        self.expect("0 passed, 1 failed", ["//t:torn"], returns=1)

    def test_counts_a_bad_end_after_good_cases(self):
        self.add("//t:leak", PASS + PASS, "FAILED")
        self.expect("2 passed, 1 failed", ["//t:leak (FAILED although"], exit_code=3, returns=1)

    def test_counts_a_target_that_did_not_build(self):
        self.add_target("//t:broken", built=False)
        self.add("//t:unit", PASS)
        self.expect("1 passed, 1 failed", ["//t:broken (did not build)"], exit_code=1, returns=1)

    def test_counts_a_target_of_another_platform_as_skipped(self):
        self.add_target("//t:elsewhere", built=False)
        self.events[-1] = {"id": self.events[-1]["id"], "aborted": {"reason": "SKIPPED"}}
        self.add_target("//t:interrupted", built=False)
        self.events[-1] = {"id": self.events[-1]["id"], "aborted": {"reason": "USER_INTERRUPTED"}}
        self.add("//t:unit", PASS)
        names = ["SKIPPED //t:elsewhere (not for this platform)", "FAILED //t:interrupted (did not build)"]
        self.expect("1 passed, 1 failed, 1 skipped", names, returns=1)

    def test_leaves_out_targets_that_were_not_asked_for(self):
        self.add_target("//t:filtered_out")
        self.add("//t:unit", PASS)
        self.expect("1 passed, 0 failed")

    def test_counts_a_test_binary_without_cases_as_a_failure(self):
        self.add("//t:empty", "")
        self.expect("0 passed, 1 failed", ["//t:empty (holds no test case)"], returns=1)

    def test_takes_the_last_attempt_and_every_shard(self):
        self.add_target("//t:flaky")
        self.add_result("//t:flaky", FAIL, "FAILED", shard=1, attempt=1)
        self.add_result("//t:flaky", PASS, shard=1, attempt=2)
        self.add_result("//t:flaky", PASS + PASS, shard=2, attempt=1)
        self.expect("3 passed, 0 failed")

    def test_fails_when_nothing_ran(self):
        self.expect("0 passed, 0 failed", returns=1)

    def test_fails_when_everything_is_skipped(self):
        self.add("//t:unit", SKIP)
        self.expect("0 passed, 0 failed, 1 skipped", returns=1)

    def test_fails_when_bazel_failed_and_no_test_says_why(self):
        self.add("//t:unit", PASS)
        self.expect("1 passed, 1 failed", ["bazel (exit code 1)"], exit_code=1, returns=1)

    def test_fails_when_bazel_left_no_events(self):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.assertEqual(count_results.main(str(self.folder / "absent.json"), "37"), 1)
        self.assertEqual(out.getvalue().splitlines()[-1], "0 passed, 1 failed")


if __name__ == "__main__":
    unittest.main()
