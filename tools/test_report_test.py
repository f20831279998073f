#!/usr/bin/env python3
"""What tools/test_report.py counts, on fabricated events and reports."""

import os
import shutil
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import test_report  # noqa: E402

GOOGLETEST = '<testsuites tests="2" timestamp="now" name="AllTests"><testsuite name="S">{}</testsuite></testsuites>'
PASS = '<testcase name="Passes" classname="S" status="run" result="completed"/>'
FAIL = '<testcase name="Fails" classname="S" status="run" result="completed"><failure message="no"/></testcase>'
SKIP = '<testcase name="Skips" classname="S" status="run" result="skipped"><skipped message=""/></testcase>'
DISABLED = '<testcase name="DISABLED_No" classname="S" status="notrun" result="suppressed"/>'
BAZELS_OWN = '<testsuites><testsuite name="{0}" tests="1"><testcase name="{0}" status="run"/></testsuite></testsuites>'


class TestReportTest(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.events = []

    def configured(self, label, kind="cc_test rule"):
        self.events.append({"id": {"targetConfigured": {"label": label}}, "configured": {"targetKind": kind, "testSize": "SMALL"}})

    def result(self, label, report, status="PASSED", run=1, shard=1, attempt=1):
        outputs = []
        if report is not None:
            path = os.path.join(self.folder, f"{len(self.events)}.xml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(report)
            outputs = [{"name": "test.log", "uri": "file:///nowhere"}, {"name": "test.xml", "uri": "file://" + path}]
        self.events.append({"id": {"testResult": {"label": label, "run": run, "shard": shard, "attempt": attempt}},
                            "testResult": {"status": status, "testActionOutput": outputs}})

    def ran(self, report, status="PASSED", kind="cc_test rule", **more):
        self.configured("//a:t", kind)
        self.result("//a:t", report, status, **more)

    def line(self, bazel_status=0, filtered=False):
        return test_report.count(self.events, bazel_status, filtered).last_line()

    def test_counts_cases(self):
        self.ran(GOOGLETEST.format(PASS + PASS + FAIL), "FAILED")
        self.assertEqual(self.line(3), "2 passed, 1 failed")

    def test_counts_skipped_and_disabled_cases_apart(self):
        self.ran(GOOGLETEST.format(PASS + SKIP + DISABLED))
        self.assertEqual(self.line(), "1 passed, 0 failed, 2 skipped")

    def test_a_crash_is_a_failure(self):
        self.ran(BAZELS_OWN.format("a/t"), "FAILED")
        self.assertEqual(self.line(3), "0 passed, 1 failed")

    def test_a_test_without_a_report_is_a_failure(self):
        self.ran(None, "FAILED")
        self.assertEqual(self.line(3), "0 passed, 1 failed")

    def test_a_timeout_is_a_failure(self):
        self.ran(GOOGLETEST.format(PASS), "TIMEOUT")
        self.assertEqual(self.line(3), "1 passed, 1 failed")

    def test_an_empty_test_is_a_failure(self):
        self.ran(GOOGLETEST.format(""))
        self.assertEqual(self.line(), "0 passed, 1 failed")

    def test_an_empty_test_is_none_when_cases_are_filtered(self):
        self.ran(GOOGLETEST.format(""))
        self.assertEqual(self.line(filtered=True), "0 passed, 0 failed")

    def test_a_program_that_leaves_early_is_a_failure(self):
        self.ran(BAZELS_OWN.format("a/t"))
        self.assertEqual(self.line(), "0 passed, 1 failed")

    def test_a_script_is_one_case(self):
        self.ran(BAZELS_OWN.format("a/t"), kind="sh_test rule")
        self.assertEqual(self.line(), "1 passed, 0 failed")

    def test_failing_after_all_cases_passed_is_a_failure(self):
        self.ran(GOOGLETEST.format(PASS), "FAILED")
        self.assertEqual(self.line(3), "1 passed, 1 failed")

    def test_counts_every_run_and_shard(self):
        self.configured("//a:t")
        for run in (1, 2):
            for shard in (1, 2):
                self.result("//a:t", GOOGLETEST.format(PASS), run=run, shard=shard)
        self.assertEqual(self.line(), "4 passed, 0 failed")

    def test_counts_the_last_attempt_only(self):
        self.ran(GOOGLETEST.format(FAIL), "FAILED", attempt=1)
        self.result("//a:t", GOOGLETEST.format(PASS), attempt=2)
        self.assertEqual(self.line(), "1 passed, 0 failed")

    def test_a_test_that_was_not_built_is_a_failure(self):
        self.configured("//a:t")
        self.assertEqual(self.line(1), "0 passed, 1 failed")

    def test_a_library_that_was_not_built_is_a_failure(self):
        self.ran(GOOGLETEST.format(PASS))
        self.events.append({"id": {"targetCompleted": {"label": "//a:lib"}}, "aborted": {"reason": "UNKNOWN"}})
        self.assertEqual(self.line(1), "1 passed, 1 failed")

    def test_an_error_of_bazel_is_a_failure(self):
        self.assertEqual(self.line(1), "0 passed, 1 failed")
        self.assertEqual(self.line(4), "0 passed, 1 failed")

    def test_names_what_failed(self):
        self.ran(GOOGLETEST.format(FAIL), "FAILED")
        self.assertEqual(test_report.count(self.events, 3).failures, ["FAILED //a:t: S.Fails"])

    def test_nothing_passed_is_not_good(self):
        self.assertFalse(test_report.count([], 0).good())


if __name__ == "__main__":
    unittest.main()
