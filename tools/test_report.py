#!/usr/bin/env python3
"""Counts test cases from one Bazel invocation and prints `N passed, N failed` as its last line.

Reads the invocation's own events (--build_event_json_file), so that only reports of tests that belong to this
invocation count, whether they ran or Bazel had their results: one report for each run, shard and final attempt.
"""

import argparse
import json
import os
import sys
import urllib.parse
import xml.etree.ElementTree as xml

# Bazel's exit code when there was nothing to test.
_NO_TESTS = 4


class Tally:
    """How many cases passed, failed and were skipped, and a line for each that failed."""

    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skipped = 0
        self.failures = []

    def fail(self, target, what):
        self.failed += 1
        self.failures.append(f"FAILED {target}: {what}" if target else f"FAILED: {what}")

    def last_line(self):
        line = f"{self.passed} passed, {self.failed} failed"
        return line + (f", {self.skipped} skipped" if self.skipped else "")

    def good(self):
        return self.failed == 0 and self.passed > 0


def read_events(lines):
    """The events in `lines`; a last line that was cut off (Bazel was killed) is left out."""
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            pass


def local_path(uri):
    parts = urllib.parse.urlsplit(uri)
    return urllib.parse.unquote(parts.path) if parts.scheme == "file" else None


def case_name(case):
    suite = case.get("classname", "")
    name = case.get("name", "")
    return f"{suite}.{name}" if suite else name


def is_bazels_own(root):
    """True if Bazel wrote the report because the test did not: one case, named like its suite."""
    suites = root.findall("testsuite")
    return (len(suites) == 1 and "timestamp" not in root.attrib and
            [case.get("name") for case in suites[0].findall("testcase")] == [suites[0].get("name")])


def count_report(tally, name, root):
    """Adds the cases of one report; returns (how many there are, how many failed)."""
    cases = failed = 0
    for case in root.iter("testcase"):
        cases += 1
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            tally.fail(name, case_name(case))
        elif (case.find("skipped") is not None or case.get("result") in ("skipped", "suppressed") or
              case.get("status") == "notrun"):
            tally.skipped += 1
        else:
            tally.passed += 1
    return cases, failed


def count_result(tally, name, kind, result, filtered):
    """Adds one test's final attempt of one run and shard."""
    status = result.get("status", "NO_STATUS")
    path = None
    for output in result.get("testActionOutput", []):
        if output.get("name") == "test.xml":
            path = local_path(output.get("uri", ""))
    root = None
    if path and os.path.exists(path):
        try:
            root = xml.parse(path).getroot()
        except xml.ParseError:
            pass

    what = {"TIMEOUT": "ran out of time", "FAILED": "the test program failed"}.get(status, f"status {status}")
    if root is None:
        if status == "PASSED":
            what = "wrote no readable report"
        tally.fail(name, what)
        return
    if is_bazels_own(root):
        # A program without a report of its own is one case, but a C++ test always has one: it left before the end.
        if status == "PASSED" and kind != "cc_test rule":
            tally.passed += 1
        elif status == "PASSED":
            tally.fail(name, "ended without a report of its cases")
        else:
            tally.fail(name, what)
        return
    cases, failed = count_report(tally, name, root)
    if status not in ("PASSED", "FLAKY") and failed == 0:
        tally.fail(name, what + ", though no case did" if status == "FAILED" else what)
    elif cases == 0 and not filtered:
        tally.fail(name, "ran no test case")


def count(events, bazel_status, filtered=False):
    tally = Tally()
    kinds = {}
    results = {}
    problems = []
    for event in events:
        ident = event.get("id", {})
        if "targetConfigured" in ident and "configured" in event:
            configured = event["configured"]
            if "testSize" in configured:
                kinds[ident["targetConfigured"]["label"]] = configured.get("targetKind", "")
        elif "testResult" in ident and "testResult" in event:
            key = ident["testResult"]
            place = (key["label"], key.get("run", 1), key.get("shard", 1))
            attempt = key.get("attempt", 1)
            if place not in results or results[place][0] <= attempt:
                results[place] = (attempt, event["testResult"])
        elif "targetCompleted" in ident:
            # A target that is no test and could not be built.
            completed = event.get("completed", {})
            if not completed.get("success", False):
                problems.append(ident["targetCompleted"]["label"])

    for (label, run, shard), (_, result) in sorted(results.items()):
        name = label
        if shard > 1 or (label, run, 2) in results:
            name += f" (shard {shard})"
        if run > 1 or (label, 2, shard) in results:
            name += f" (run {run})"
        count_result(tally, name, kinds.get(label, ""), result, filtered)

    ran = {label for label, _, _ in results}
    for label in sorted(set(kinds) - ran):
        tally.fail(label, "was not built or not run")
    for label in sorted(set(problems) - ran - set(kinds)):
        tally.fail(label, "could not be built")
    if bazel_status == _NO_TESTS and not tally.passed and not tally.failed:
        tally.fail("", "there are no tests here")
    elif bazel_status != 0 and not tally.failed:
        tally.fail("", f"bazel test ended with exit code {bazel_status}")
    return tally


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("events", help="the file that --build_event_json_file made")
    parser.add_argument("--bazel-status", type=int, default=0, help="Bazel's exit code")
    parser.add_argument("--filtered", action="store_true", help="a test without cases is no failure")
    options = parser.parse_args(arguments)
    with open(options.events, encoding="utf-8") as lines:
        tally = count(read_events(lines), options.bazel_status, options.filtered)
    for line in tally.failures:
        print(line)
    print(tally.last_line(), flush=True)
    return 0 if tally.good() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
