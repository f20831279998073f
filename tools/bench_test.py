#!/usr/bin/env python3
"""What tools/bench makes of the answers of programs, of crashes, and of what it has measured so far."""

import importlib.machinery
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench")
LOADER = importlib.machinery.SourceFileLoader("bench", PATH)
bench = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench", LOADER))
LOADER.exec_module(bench)


def answer(name, *values):
    return json.dumps({"name": name, "values": values}) + "\n"


class Programs:
    """Gives the answers of programs in turn; an exception is a crash."""

    def __init__(self, **answers):
        self.answers = {name: list(each) for name, each in answers.items()}

    def __call__(self, command):
        given = self.answers[command[0]].pop(0)
        if isinstance(given, Exception):
            raise given
        return given


def crash():
    return subprocess.CalledProcessError(-11, "a program")


class BenchTest(unittest.TestCase):

    def figure(self, **more):
        return bench.Figure("task_us", "us", ["ours"], {"peer_us": ["peer"]}, **more)

    def measure(self, figure, **answers):
        stderr, sys.stderr = sys.stderr, open(os.devnull, "w", encoding="utf-8")
        try:
            return bench.measure(figure, len(answers["ours"]), Programs(**answers))
        finally:
            sys.stderr.close()
            sys.stderr = stderr

    def test_ratios_are_of_the_same_run(self):
        row = self.measure(self.figure(target=1.0, against="peer_us"),
                           ours=[answer("task_us", 1, 2, 3), answer("task_us", 4)],
                           peer=[answer("peer_us", 4), answer("peer_us", 8)])
        self.assertEqual(row["ours"]["median"], 3)
        self.assertEqual(row["peers"]["peer_us"]["ratio"], 0.5)
        self.assertEqual(bench.text_of(row), "task_us: 3 us (2 to 4); peer_us 6, ratio 0.50; at most 1 x peer_us: reached")

    def test_a_crash_costs_the_value_of_its_run(self):
        row = self.measure(self.figure(target=1.0, against="peer_us"),
                           ours=[answer("task_us", 1), answer("task_us", 2), answer("task_us", 3)],
                           peer=[crash(), answer("peer_us", 4), crash()])
        self.assertEqual(row["ours"]["crashed"], 0)
        self.assertEqual(row["peers"]["peer_us"]["crashed"], 2)
        self.assertEqual(row["peers"]["peer_us"]["ratio"], 0.5)
        self.assertIn("peer_us 4 crashed 2 of 3, ratio 0.50", bench.text_of(row))

    def test_a_program_that_always_crashes_is_told(self):
        row = self.measure(self.figure(target=1.0, against="peer_us"), ours=[answer("task_us", 1)], peer=[crash()])
        self.assertEqual(bench.text_of(row), "task_us: 1 us (1 to 1); peer_us crashed 1 of 1; at most 1 x peer_us: not known")
        row = self.measure(self.figure(target=1.0), ours=[crash()], peer=[answer("peer_us", 1)])
        self.assertEqual(bench.text_of(row), "task_us: crashed 1 of 1; peer_us 1; at most 1 us: not known")

    def test_an_answer_without_the_figure_counts_as_a_crash(self):
        row = self.measure(self.figure(), ours=["no figure\n", answer("task_us"), "{broken\n"],
                           peer=[answer("peer_us", 1)] * 3)
        self.assertEqual(row["ours"]["crashed"], 3)

    def test_the_json_is_whole_after_each_figure(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "figures.json")
            for count in (1, 2):
                bench.write_json(path, {"cpus": 2}, [{"name": "a"}] * count)
                with open(path, encoding="utf-8") as written:
                    self.assertEqual(len(json.load(written)["figures"]), count)
                self.assertEqual(os.listdir(folder), ["figures.json"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
