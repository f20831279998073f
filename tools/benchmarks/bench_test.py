#!/usr/bin/env python3
"""The instrument's arithmetic, with programs that are not run."""

import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import unittest

BENCH = os.path.join("tools", "bench")


def load():
    loader = importlib.machinery.SourceFileLoader("bench", BENCH)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench", loader))
    loader.exec_module(module)
    return module


class BenchTest(unittest.TestCase):
    def setUp(self):
        self.bench = load()

    def test_reads_the_answers_among_other_lines(self):
        text = 'noise\n{"name": "a", "values": [1, 2.5]}\n{"name": "b", "values": [3]}\n'
        self.assertEqual(self.bench.answers(text), {"a": [1.0, 2.5], "b": [3.0]})

    def test_takes_the_ratio_run_by_run(self):
        # The machine slows down; the ratio of the medians would be another one.
        self.assertEqual(self.bench.ratio_of([1, 2, 30], [2, 4, 20]), 0.5)

    def test_runs_the_contestants_in_turn(self):
        order = []
        outputs = {"us": ["1", "2", "3"], "them": ["2", "4", "6"]}

        def run(command):
            order.append(command)
            return '{"name": "%s", "values": [%s]}' % (command, outputs[command].pop(0))

        figure = self.bench.Figure("us", "us", "us", {"them": "them"}, 0.6, "them")
        row = self.bench.measure(figure, 3, run)
        self.assertEqual(order, ["us", "them"] * 3)
        self.assertEqual(row["ours"]["median"], 2)
        self.assertEqual(row["peers"]["them"]["ratio"], 0.5)
        self.assertTrue(row["met"])
        self.assertIn("reached", self.bench.text_of(row))

    def test_says_when_a_target_is_missed(self):
        figure = self.bench.Figure("x", "bytes", "x", (), 10)
        row = self.bench.measure(figure, 1, lambda _: '{"name": "x", "values": [11]}')
        self.assertFalse(row["met"])
        self.assertIn("missed", self.bench.text_of(row))

    def test_lists_its_figures(self):
        listed = subprocess.run([sys.executable, BENCH, "--list"], check=True, text=True,
                                stdout=subprocess.PIPE).stdout
        for name in ("threads_task_us", "waiting_task_bytes", "idle_switches"):
            self.assertIn(name, listed)

    def test_refuses_unknown_figures(self):
        tried = subprocess.run([sys.executable, BENCH, "--only", "nonsense"], check=False, text=True,
                               stderr=subprocess.PIPE)
        self.assertEqual(tried.returncode, 2)
        self.assertIn("nonsense", tried.stderr)


if __name__ == "__main__":
    unittest.main()
