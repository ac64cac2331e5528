# SPDX-License-Identifier: MIT
"""Services as a user meets them: `run`, `check`, `dependencies` and `export series`.

    python3 tests/cli/services_test.py build/bin/shaketable
"""
from __future__ import annotations

import csv
import io
import sys
import unittest
from pathlib import Path

import cli_test

# A shop before a store; the leader's host, and with it the store, stands still for five seconds.
SHOP = """\
version: 1
name: shop
time: {warmup: 2s, duration: 40s}
cluster:
  sites:
    east: {nodes: [node-1, node-2]}
    west: {nodes: [node-3]}
services:
  shop:
    nodes: [node-1, node-2]
    service_time: 2ms
    calls:
      store: {}
      hints: {optional: true}
    policies: {store: {timeout: 200ms, circuit_breaker: {timeout: 1s}}}
  store: {nodes: node-3, service_time: 2ms}
  hints: {nodes: node-3, service_time: 1ms}
clients:
  people: {to: shop, rate: 50/s, policy: {timeout: 500ms}}
faults:
  - {id: pause, at: 10s, inject: node.pause, target: node-3, for: 5s}
service_level: {hold: 5s}
targets:
  rto: {service: shop, max: "< 20s"}
  availability: {min: 50%}
checks:
  - {id: back, at_end: service.shop.goodput >= 90%}
  - {id: cut-off, at_end: service.store.opened >= 1}
"""


class ServicesTest(cli_test.ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        (self.folder / "shop.yaml").write_text(SHOP)

    def test_a_run_says_what_clients_and_services_lived_through(self) -> None:
        done = self.shaketable("run", "shop.yaml")
        self.assertEqual(done.status, 0, done.out + done.err)
        self.assertRegex(done.out, r"RTO +service:shop +\d")
        self.assertRegex(done.out, r"clients +people +\d+\.\d\d % +\d+ requests to shop, 1\.00 att")
        self.assertRegex(done.out, r"service +store +\d+\.\d\d % .*breakers opened \d+ times")
        self.assertRegex(done.out, r"at the end; \d+\.\d/s before the first fault")
        self.assertRegex(done.out, r"check +back +held +\d+")

    def test_json_has_counts_that_add_up(self) -> None:
        said = self.said("shop.yaml")
        self.assertEqual([row["id"] for row in said["services"]], ["shop", "store", "hints"])
        for row in [row["calls"] for row in said["services"]] + [said["clients"][0]["requests"]]:
            outcomes = ("ok", "failed", "timed_out", "rejected", "refused", "cancelled")
            self.assertEqual(row["ended"], sum(row[outcome] for outcome in outcomes))
            self.assertEqual(row["rejected"], sum(row["causes"].values()))
        store = said["services"][1]
        self.assertGreater(store["opened"], 0)
        self.assertGreater(store["calls"]["causes"]["breaker"], 0)
        self.assertGreater(store["calls"]["timed_out"], 0)
        (recovery,) = [row for row in said["recovery"] if row["scope"] == "service:shop"]
        self.assertEqual([phase["name"] for phase in recovery["phases"]], ["client"])
        self.assertGreater(recovery["rto_ns"], 4_000_000_000)
        self.assertEqual([row["verdict"] for row in said["targets"]], ["pass", "pass"])

    def test_the_database_has_them_too(self) -> None:
        self.shaketable("run", "shop.yaml", "--db", "runs.db")
        database = self.folder / "runs.db"
        ((service, opened, before),) = cli_test.ask(
            database, "SELECT service, opened, goodput_before FROM v_service WHERE opened > 0"
        )
        self.assertEqual(service, "store")
        self.assertAlmostEqual(before, 50, delta=10)
        states = cli_test.ask(database, "SELECT DISTINCT state FROM v_breaker ORDER BY state")
        self.assertLessEqual({("closed",), ("open",)}, set(states))
        ((requests,),) = cli_test.ask(
            database, "SELECT sum(issued) FROM v_series WHERE workload = 'people' AND part = 'run'"
        )
        self.assertGreater(requests, 1500)

    def test_a_check_on_a_service_fails_by_its_number(self) -> None:
        text = SHOP.replace("goodput >= 90%", "success >= 99.9%")
        text = text.replace("opened >= 1", "stops >= 1")
        (self.folder / "worse.yaml").write_text(text)
        said = self.said("worse.yaml")
        self.assertEqual([row["verdict"] for row in said["checks"]], ["fail", "fail"])
        self.assertEqual(said["checks"][1]["detail"], "0")
        self.assertRegex(said["checks"][0]["detail"], r"^\d\d(\.\d+)?%$")

    def test_what_is_wrong_is_said_with_its_place(self) -> None:
        text = SHOP.replace("goodput >= 90%", "goodputs >= 90%").replace("to: shop", "to: shp")
        (self.folder / "wrong.yaml").write_text(text)
        said = self.refused("check", "wrong.yaml")
        self.assertRegex(said, r"wrong\.yaml:19:16: error: unknown service 'shp'")
        self.assertIn("did you mean shop?", said)
        self.assertIn("a service has no 'goodputs'", said)
        self.assertIn("did you mean goodput?", said)

    def test_dependencies_are_a_map_with_its_single_points(self) -> None:
        done = self.shaketable("dependencies", "shop.yaml")
        self.assertEqual(done.status, 0, done.err)
        self.assertRegex(done.out, r"shop +2 +store, hints \(optional\) +store +people")
        self.assertRegex(done.out, r"store +1 +- +- +shop, people")
        self.assertRegex(done.out, r"node +node-3 +store\n")
        self.assertRegex(done.out, r"site +west +store\n")
        self.assertNotRegex(done.out, r"node +node-1")

    def test_the_root_of_a_failure_and_the_smallest_cut_are_found(self) -> None:
        done = self.shaketable("dependencies", "shop.yaml", "--failing", "shop,store")
        self.assertEqual(done.out, "look first at: store\n")
        done = self.shaketable("dependencies", "shop.yaml", "--between", "people,store")
        self.assertEqual(done.out, "people can't reach store without 2 instances:\n"
                                   "  shop  2 instances\n")
        done = self.shaketable("dependencies", "shop.yaml", "--between", "east,west")
        self.assertIn("east and west are parted by 2 links of nodes", done.out)
        self.assertIn("did you mean store", self.refused(
            "dependencies", "shop.yaml", "--failing", "stor"))
        self.assertIn("has no services", self.refused("dependencies", "passes.yaml"))

    def test_series_are_ready_to_be_plotted(self) -> None:
        done = self.shaketable("export", "series", "shop.yaml@1", "-o", "series.csv")
        self.assertEqual((done.status, done.err), (0, ""))
        rows = list(csv.DictReader(io.StringIO((self.folder / "series.csv").read_text())))
        names = {row["series"] for row in rows}
        self.assertEqual(names, {"people", "service:shop", "service:store", "service:hints"})
        people = [row for row in rows if row["series"] == "people" and row["part"] == "run"]
        self.assertEqual(people[0]["start_s"], "0")
        self.assertEqual(people[-1]["end_s"], "40")
        for row, after in zip(people, people[1:]):
            self.assertEqual(row["end_s"], after["start_s"])
        said = self.said("shop.yaml", "--seed", "1")
        served = sum(int(row["acknowledged"]) for row in people if float(row["start_s"]) >= 2)
        self.assertAlmostEqual(served, said["clients"][0]["requests"]["ok"], delta=5)


if __name__ == "__main__":
    cli_test.PROGRAM = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
