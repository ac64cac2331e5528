# SPDX-License-Identifier: MIT
"""`shaketable trace`: what a viewer of traces relies on, checked on a run with every kind of fault.

    python3 tests/cli/trace_test.py build/bin/shaketable
"""
from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import unittest
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import cli_test

STORM = """\
version: 1
name: storm
time: {warmup: 2s, duration: 62s}
cluster:
  sites:
    east: {nodes: [node-1, node-2, node-3], zone: a}
    west: {nodes: [node-4, node-5], zone: b}
network: {latency: 1ms..5ms, loss: 1%}
workload:
  - {id: writes, rate: 20/s, deadline: 1s, attempt_timeout: 200ms}
  - {id: reads, operation: read, rate: 5/s}
faults:
  - {id: forever, at: 40s, inject: disk.slow, target: node-1, with: {sync_latency: 20ms},
     permanent: true}
  - {id: late, at: 61s, inject: node.pause, target: node-2, permanent: true}
  - id: storm
    at: 2s
    until: 60s
    random:
      rate: 60/min
      for: 100ms..5s
      pick: [node.crash, node.power_loss, node.pause, network.partition, network.delay,
             network.loss, disk.stall]
"""


class TraceTest(cli_test.ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        (self.folder / "storm.yaml").write_text(STORM)

    def traced(self, *arguments: str) -> dict[str, Any]:
        done = self.shaketable("trace", *arguments, "-o", "trace.json")
        self.assertEqual(done.status, 0, done.err)
        # Decimals, since what counts is the text's own value and no rounding of it.
        return json.loads((self.folder / "trace.json").read_text(), parse_float=Decimal)

    def events(self, *arguments: str) -> list[dict[str, Any]]:
        return self.traced(*arguments)["traceEvents"]

    def facts(self, name: str) -> list[str]:
        """Of the run that is the only one in the database."""
        key = self.ask("SELECT run_key FROM run")[0][0]
        lines = self.shaketable("replay", key, "--facts").out.splitlines()
        return [line for line in lines if f"  {name} " in line]

    def test_every_process_and_node_has_its_name(self) -> None:
        events = [event for event in self.events("storm.yaml@3") if event["ph"] == "M"]
        named = defaultdict(set)
        for event in events:
            if "name" in event["args"]:
                named[event["name"]].add(event["args"]["name"])
        self.assertEqual(named["process_name"], {"east", "west", "clients", "faults"})
        nodes = {f"node-{i}" for i in range(1, 6)}
        self.assertLessEqual(nodes | {"writes", "reads"}, named["thread_name"])

    def test_slices_of_a_track_nest_and_whatever_begins_ends(self) -> None:
        open_slices: dict[Any, list[Decimal]] = defaultdict(list)
        tracks = defaultdict(list)
        for event in self.events("storm.yaml@3", "--sample", "1/3"):
            if event["ph"] in "BEX":
                tracks[event["pid"], event["tid"]].append(event)
        depth = 0
        for track, events in tracks.items():
            ends = open_slices[track]
            for event in sorted(events, key=lambda event: event["ts"]):
                if event["ph"] == "E":
                    self.assertTrue(ends, f"{event} ends nothing")
                    ends.pop()
                    continue
                while ends and ends[-1] is not None and ends[-1] <= event["ts"]:
                    ends.pop()
                if event["ph"] == "B":
                    ends.append(None)
                else:
                    end = event["ts"] + event["dur"]
                    self.assertTrue(not ends or ends[-1] is None or end <= ends[-1], event)
                    ends.append(end)
                depth = max(depth, len(ends))
            self.assertNotIn(None, ends, f"a slice of {track} never ends")
        self.assertGreaterEqual(depth, 2, "no leader was ever paused: the storm shows nothing")

    def test_the_slices_of_leaders_are_the_leaders_of_the_facts(self) -> None:
        self.shaketable("run", "storm.yaml", "--seed", "3")
        elected = re.findall(r"node=(\d) role=leader term=(\w+)",
                             "\n".join(self.facts("role-changed")))
        self.assertGreater(len(elected), 5)
        slices = [(event["tid"], event["name"]) for event in self.events("storm.yaml@3")
                  if event["ph"] == "B" and event["name"].startswith("leader")]
        expected = [(2 * int(node) + 1, f"leader, term {int(term)}") for node, term in elected]
        self.assertEqual(slices, expected)

    def test_faults_are_spans_with_both_ends_and_their_receipts(self) -> None:
        spans = defaultdict(str)
        for event in self.events("storm.yaml@3"):
            if event["ph"] in "bne":
                spans[event["id"], event["name"]] += event["ph"]
        self.assertGreater(len(spans), 20)
        for span, phases in spans.items():
            self.assertEqual(phases.replace("n", ""), "be", span)
            self.assertLessEqual(phases.count("n"), 1, span)
        names = {name.split("-")[0].split(":")[0] for _, name in spans}
        self.assertEqual(names, {"forever", "late", "storm"})

    def test_arrows_lead_from_a_slice_to_a_later_one(self) -> None:
        slices, ends = set(), defaultdict(dict)
        for event in self.events("storm.yaml@3", "--sample", "1/10"):
            place = (event["pid"], event["tid"], event.get("ts"))
            if event["ph"] == "X":
                slices.add(place)
            if event["ph"] in "sf":
                self.assertNotIn(event["ph"], ends[event["id"]])
                ends[event["id"]][event["ph"]] = place
                self.assertEqual(event.get("bp"), "e" if event["ph"] == "f" else None)
        self.assertGreater(len(ends), 100)
        for flow in ends.values():
            self.assertLess(flow["s"][2], flow["f"][2])
            self.assertLessEqual({flow["s"], flow["f"]}, slices)

    def test_the_sample_counts_messages_and_one_in_one_is_all_of_them(self) -> None:
        self.shaketable("run", "passes.yaml", "--seed", "1")
        peers = r"from=[012] to=[012] kind"
        sent = re.findall(peers, "\n".join(self.facts("packet-sent")))
        for every in (1, 7):
            events = self.events("passes.yaml@1", "--sample", f"1/{every}")
            shown = [event for event in events if event["ph"] == "X" and
                     (" to " in event["name"] or " lost " in event["name"])]
            # What is on its way when the run ends is neither.
            self.assertLessEqual(abs(len(shown) - len(sent) // every), 4)

    def test_times_are_exact_to_the_nanosecond(self) -> None:
        self.shaketable("run", "storm.yaml", "--seed", "3")
        times = {Decimal(line.split()[1][:-1]) * 1_000_000 for line in self.facts("node-stopped")}
        downs = {event["ts"] for event in self.events("storm.yaml@3")
                 if event["ph"] == "B" and event["name"].startswith("down")}
        self.assertEqual(downs, times)

    def test_a_run_of_the_database_is_traced_by_its_key(self) -> None:
        self.shaketable("run", "passes.yaml", "--seed", "4")
        key, fingerprint = self.ask("SELECT run_key, fingerprint FROM run")[0]
        by_key = self.traced(key[:8])
        self.assertEqual(by_key["otherData"]["run_key"], key)
        self.assertEqual(by_key["otherData"]["fingerprint"], fingerprint)
        self.assertEqual(self.traced("passes.yaml@4"), by_key)

    def test_a_run_that_comes_out_otherwise_leaves_no_trace(self) -> None:
        self.shaketable("run", "passes.yaml", "--seed", "4")
        key, ours = self.ask("SELECT run_key, model_version FROM run")[0]
        for model, status in ((ours, 4), ("0", 3)):
            self.ask("UPDATE run SET fingerprint = 'forged', model_version = ?", model)
            done = self.shaketable("trace", key, "-o", "trace.json")
            self.assertEqual((done.status, done.out), (status, ""))
            self.assertIn("came out differently", done.err)
            self.assertEqual(self.files(), ["shaketable.db"])

    def test_mistakes_are_refused_and_leave_no_file(self) -> None:
        (self.folder / "folder").mkdir()
        (self.folder / "file").write_text("")
        for arguments, words in (
            (["passes.yaml@1"], "-o FILE is missing"),
            (["-o", "t.json"], "RUN_KEY or SCENARIO@SEED is missing"),
            (["passes.yaml@1", "-o", "folder"], "it is a folder"),
            (["passes.yaml@1", "-o", "file/t.json"], "file is no folder"),
            (["passes.yaml@x", "-o", "t.json"], "'x' is no seed"),
            (["nothing.yaml@1", "-o", "t.json"], "can't read the file"),
            (["abcdef", "-o", "t.json"], "no results here"),
            (["passes.yaml@1", "-o", "t.json", "--sample", "0.1"], "write 1/N"),
            (["passes.yaml@1", "-o", "t.json", "--sample", "1/0"], "write 1/N"),
        ):
            self.assertIn(words, self.refused("trace", *arguments))
        self.assertEqual(self.files(), ["file", "folder"])
        self.shaketable("run", "passes.yaml", "--seed", "4")
        self.assertIn("has no run 'abcdef'", self.refused("trace", "abcdef", "-o", "t.json"))

    def test_an_interruption_leaves_what_was_there_before(self) -> None:
        (self.folder / "t.json").write_text("before")
        (self.folder / "storm.yaml").write_text(STORM.replace("duration: 62s", "duration: 10d"))
        with subprocess.Popen(
            [cli_test.PROGRAM, "trace", "storm.yaml@1", "-o", "t.json"], cwd=self.folder,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
            deadline = time.monotonic() + 30
            while len(self.files()) < 2 and time.monotonic() < deadline:
                time.sleep(0.01)
            program.send_signal(signal.SIGINT)
            out, err = program.communicate(timeout=60)
        self.assertEqual((program.returncode, out), (130, ""))
        self.assertIn("t.json is not written", err)
        self.assertEqual(self.files(), ["t.json"])
        self.assertEqual((self.folder / "t.json").read_text(), "before")


if __name__ == "__main__":
    cli_test.PROGRAM = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
