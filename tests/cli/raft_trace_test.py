# SPDX-License-Identifier: MIT
"""`shaketable export raft-trace`: the events of a run's consensus servers, as a checker reads them.

    python3 tests/cli/raft_trace_test.py build/bin/shaketable
"""
from __future__ import annotations

import json
import re
import sys
import unittest
from collections import Counter
from pathlib import Path

import cli_test

ROOT = Path(__file__).resolve().parents[2]
ABSENCE = ROOT / "scenarios/long_absence_ends_with_a_snapshot.yaml"
REPLACED = ROOT / "scenarios/node_is_replaced_without_losing_service.yaml"
CRASH = ROOT / "scenarios/leader_crash_during_writes.yaml"

# The events of etcd's raft library, v3.6: state_trace.go.
NAMES = {
    "InitState", "BecomeCandidate", "BecomeFollower", "BecomeLeader", "Commit", "Replicate",
    "ChangeConf", "ApplyConfChange", "Ready", "SendAppendEntriesRequest",
    "ReceiveAppendEntriesRequest", "SendAppendEntriesResponse", "ReceiveAppendEntriesResponse",
    "SendRequestVoteRequest", "ReceiveRequestVoteRequest", "SendRequestVoteResponse",
    "ReceiveRequestVoteResponse", "SendSnapshot", "ReceiveSnapshot",
}  # fmt: skip
NAME = re.compile(r'"event":{"name":"(\w+)"')
ROLES = {"StateFollower", "StatePreCandidate", "StateCandidate", "StateLeader"}
MESSAGE = {"type", "term", "from", "to", "entries", "logTerm", "index", "commit", "vote", "reject",
           "rejectHint"}  # fmt: skip


class RaftTraceTest(cli_test.ProgramTest):
    known: dict[Path, list[str]] = {}

    def lines(self, scenario: Path) -> list[str]:
        if scenario not in self.known:
            done = self.shaketable("export", "raft-trace", f"{scenario}@1", "-o", "t.ndjson")
            self.assertEqual((done.status, done.err), (0, ""))
            self.known[scenario] = (self.folder / "t.ndjson").read_text().splitlines()
            self.assertIn(f"{len(self.known[scenario])} events", done.out)
        return self.known[scenario]

    def events(self, scenario: Path) -> list[dict]:
        lines = [json.loads(line) for line in self.lines(scenario)]
        self.assertEqual({line["tag"] for line in lines}, {"trace"})
        times = [line["ts"] for line in lines]
        self.assertEqual(times, sorted(times))
        return [line["event"] for line in lines]

    def test_all_nineteen_events_occur_and_no_other(self) -> None:
        seen: Counter[str] = Counter()
        for scenario in (ABSENCE, REPLACED):
            for line in self.lines(scenario):
                name = NAME.search(line)[1]  # reading all of each line takes long
                seen[name] += 1
                if seen[name] > 1000:
                    continue
                event = json.loads(line)["event"]
                self.assertEqual(event["name"], name)
                self.assertLessEqual({"name", "nid", "state", "role", "log", "conf"}, set(event))
                self.assertEqual(set(event["state"]), {"term", "vote", "commit"})
                self.assertIn(event["role"], ROLES)
                self.assertEqual(len(event["conf"]), 2)
                if "msg" in event:
                    self.assertEqual(set(event["msg"]), MESSAGE)
                    end = "from" if event["name"].startswith("Send") else "to"
                    self.assertEqual(event["msg"][end], event["nid"])
        self.assertEqual(set(seen), NAMES)

    def test_nothing_is_received_that_was_not_sent(self) -> None:
        sent: Counter[str] = Counter()
        received = 0
        for event in self.events(CRASH):
            if "msg" not in event:
                continue
            message = json.dumps(event["msg"], sort_keys=True)
            if event["name"].startswith("Send"):
                sent[message] += 1
            else:
                received += 1
                sent[message] -= 1
                self.assertGreaterEqual(sent[message], 0, message)
        self.assertGreater(received, 1000)

    def test_a_term_has_one_leader_and_its_log_only_grows(self) -> None:
        leaders: dict[int, str] = {}
        logs: dict[int, int] = {}
        for event in self.events(CRASH):
            term = event["state"]["term"]
            if event["name"] == "BecomeLeader":
                self.assertEqual(leaders.setdefault(term, event["nid"]), event["nid"])
            if event["role"] == "StateLeader":
                self.assertGreaterEqual(event["log"], logs.get(term, 0))
                logs[term] = event["log"]
                self.assertLessEqual(event["state"]["commit"], event["log"])
        self.assertGreater(len(leaders), 1)

    def test_a_trace_does_not_change_the_run(self) -> None:
        self.shaketable("run", str(CRASH), "--seed", "3", "--db", "runs.db")
        key = self.shaketable("list", "runs", "--db", "runs.db").out
        key = next(word for word in key.split() if len(word) == 16)
        done = self.shaketable("export", "raft-trace", key, "--db", "runs.db", "-o", "t.ndjson")
        self.assertEqual(done.status, 0, done.err)

    def test_bad_words_are_refused(self) -> None:
        for words in (["raft-trace"], ["raft-trace", f"{CRASH}@1"],
                      ["raft-trace", f"{CRASH}@1", "-o", "x", "--format", "edn"]):  # fmt: skip
            with self.subTest(words):
                self.assertEqual(self.shaketable("export", *words).status, 2)


if __name__ == "__main__":
    cli_test.PROGRAM = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
