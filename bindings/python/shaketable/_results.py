# SPDX-License-Identifier: MIT
"""Results of many runs, read from the SQLite file that `shaketable run` writes.

Needs no engine, as nothing that it imports does: SQLite from the standard library, and numpy.
"""
from __future__ import annotations

import json
import os
import shlex
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Optional

import numpy as np
import numpy.typing as npt

from ._result import Result

Column = npt.NDArray[Any]

_APPLICATION_ID = 0x53484B31  # 'SHK1'
_FORMAT = 10  # the last number in sim/store/migrations.cpp


class ResultsError(ValueError):
    """A file that can't be read as results, or a run that is not in it; the text says why."""


class Results:
    """An open results database. It is never written to.

    `runs`, `rto`, `rpo`, `slo`, `services`, `clients` and `breakers` are its public views as numpy
    columns by name, one element a row: times in seconds as float64, counts as int64, words as str.
    Where a measure does not exist, a number is NaN (a count, too, is then float64) and a word is
    None. pandas.DataFrame takes the columns as they are.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        _check_header(self.path)
        self._database = sqlite3.connect(f"{Path(self.path).absolute().as_uri()}?mode=ro", uri=True)
        try:
            (found,) = self._database.execute("PRAGMA user_version").fetchone()
            self._check_format(found)
        except sqlite3.Error as error:
            self._database.close()
            raise ResultsError(f"{self.path}: {error}") from error
        except ResultsError:
            self._database.close()
            raise

    def _check_format(self, found: int) -> None:
        if found > _FORMAT:
            raise ResultsError(
                f"{self.path}: written by a newer shaketable (format {found}, this one knows"
                f" {_FORMAT})"
            )
        if found < _FORMAT:
            raise ResultsError(
                f"{self.path}: in the older format {found}; any `shaketable run --db"
                f" {shlex.quote(self.path)}` brings it up to date"
            )

    def __enter__(self) -> Results:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    @property
    def runs(self) -> dict[str, Column]:
        """v_run: a row for each run, with its verdict, size and time."""
        return self.query("SELECT * FROM v_run ORDER BY scenario, params, seed")

    @property
    def rto(self) -> dict[str, Column]:
        """v_rto: how service came back, a row for each run and scope (write, read).

        rto_s is NaN where censored is 1: service had not recovered when the run ended.
        """
        return self.query("SELECT * FROM v_rto ORDER BY scenario, params, seed, scope DESC")

    @property
    def rpo(self) -> dict[str, Column]:
        """v_rpo: what was lost, a row for each run with a fault."""
        return self.query("SELECT * FROM v_rpo ORDER BY scenario, params, seed")

    @property
    def slo(self) -> dict[str, Column]:
        """v_slo: what the clients saw, a row for each run and workload."""
        return self.query("SELECT * FROM v_slo ORDER BY scenario, params, seed, workload")

    @property
    def detection(self) -> dict[str, Column]:
        """v_fd: how well nodes watched one another, a row for each run in which they did.

        n_mistakes, lambda_m (a second and pair), p_a, t_m_mean_s and t_d_p50_s to t_d_p99_s are the
        quality of service of Chen, Toueg and Aguilera.
        """
        return self.query("SELECT * FROM v_fd ORDER BY scenario, params, seed")

    @property
    def services(self) -> dict[str, Column]:
        """v_service: the calls of each service, its goodput, and whether it stayed down."""
        return self.query("SELECT * FROM v_service ORDER BY scenario, params, seed, service")

    @property
    def clients(self) -> dict[str, Column]:
        """v_clients: what the clients of services saw, a row for each run and population."""
        return self.query("SELECT * FROM v_clients ORDER BY scenario, params, seed, clients")

    @property
    def breakers(self) -> dict[str, Column]:
        """v_breaker: the states of circuit breakers over time, a row for each span."""
        return self.query("SELECT * FROM v_breaker ORDER BY scenario, params, seed, edge, caller,"
                          " start_s")

    def query(self, sql: str, parameters: Sequence[object] = ()) -> dict[str, Column]:
        """The columns of any SELECT, by name. Raises ResultsError with SQLite's own words."""
        try:
            cursor = self._database.execute(sql, parameters)
            names = [column[0] for column in cursor.description or ()]
            values = list(zip(*cursor.fetchall())) or [()] * len(names)
        except sqlite3.Error as error:
            raise ResultsError(f"{self.path}: {error}") from error
        return {name: _column(column) for name, column in zip(names, values)}

    def find(self, run_key: Optional[str] = None) -> str:
        """The whole key of a run: of the only one whose key begins so.

        Without a beginning it is a run worth looking at: of those that the last use of the program
        added, the first that failed, else the first that was inconclusive, else the one with the
        longest recovery of writes.

        Raises ResultsError if there is no such run, or more than one.
        """
        if run_key is None:
            keys = self.query(_WORTH_LOOKING_AT)["run_key"]
            if not len(keys):
                raise ResultsError(f"{self.path}: there is no run in it")
            return str(keys[0])
        keys = self.query(
            "SELECT run_key FROM run WHERE substr(run_key, 1, length(?1)) = ?1 LIMIT 2", [run_key]
        )["run_key"]
        if len(keys) == 1 and run_key:
            return str(keys[0])
        listing = f"`shaketable list runs --db {shlex.quote(self.path)}` shows them"
        what = "several runs have keys that begin with" if len(keys) else "no run has the key"
        raise ResultsError(f"{self.path}: {what} '{run_key}'; {listing}")

    def run(self, run_key: Optional[str] = None) -> Result:
        """All that is kept of one run, in the shape that `shaketable.run` returns.

        `run_key` may be the beginning of a key; see `find` for what it is by default.
        """
        key = self.find(run_key)
        try:
            return _result(self, key)
        except sqlite3.Error as error:
            raise ResultsError(f"{self.path}: {error}") from error


def open_results(path: str | os.PathLike[str]) -> Results:
    """Opens a results database to read it.

    Raises ResultsError if the file is missing, is something else, or is of another format.

        >>> import shaketable, tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> file = folder.name + "/results.db"
        >>> scenario = "scenarios/leader_crash_during_writes.yaml"
        >>> runs = shaketable.run_many(scenario, range(1, 5), db=file)
        >>> results = shaketable.open_results(file)
        >>> writes = results.rto["scope"] == "write"
        >>> float(results.rto["rto_s"][writes].max()) < 1.0
        True
        >>> sorted(set(results.runs["verdict"].tolist()))
        ['pass']
        >>> results.run(results.runs["run_key"][0])["faults"][0]["inject"]
        'node.crash'
        >>> results.close()
    """
    return Results(path)


# NULLs sort first: what never recovered comes after every number.
_WORTH_LOOKING_AT = """
SELECT r.run_key FROM run r LEFT JOIN recovery v ON v.run_key = r.run_key AND v.scope = 'write'
WHERE r.campaign_id = (SELECT max(campaign_id) FROM run)
ORDER BY CASE r.verdict WHEN 'fail' THEN 0 WHEN 'inconclusive' THEN 1 ELSE 2 END,
         CASE r.verdict WHEN 'pass' THEN -v.rto_ns END, r.seed, r.run_key
LIMIT 1"""


def _check_header(path: str) -> None:
    """Before SQLite touches it: bytes 68 to 71 of its header are the application's mark."""
    try:
        with open(path, "rb") as file:
            header = file.read(100)
    except OSError as error:
        hint = "; `shaketable run` writes one" if isinstance(error, FileNotFoundError) else ""
        raise ResultsError(f"{path}: {error.strerror}{hint}") from error
    mark = int.from_bytes(header[68:72], "big")
    if header[:16] != b"SQLite format 3\0" or mark != _APPLICATION_ID:
        raise ResultsError(f"{path}: not a shaketable database")


def _column(values: Sequence[Any]) -> Column:
    present = [value for value in values if value is not None]
    if any(isinstance(value, str) for value in present):
        return np.array(values, dtype=object if len(present) < len(values) else str)
    if present and len(present) == len(values) and all(isinstance(v, int) for v in present):
        return np.array(values, dtype=np.int64)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _result(results: Results, run_key: str) -> Result:
    database = results._database

    def rows(sql: str) -> list[dict[str, Any]]:
        cursor = database.execute(sql, [run_key])
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor]

    (run,) = rows(
        "SELECT s.name AS scenario, r.scenario_hash, r.params AS parameters, r.seed, r.run_key,"
        " r.fingerprint, r.verdict, r.costs, r.virtual_ns, r.wall_ns, r.events, r.facts,"
        " r.elections, r.messages, r.needless_elections, r.heartbeats, r.wan_bytes FROM run r"
        " JOIN scenario s USING(scenario_hash) WHERE run_key = ?"
    )
    run["parameters"] = json.loads(run["parameters"])
    of_run = "WHERE run_key = ? ORDER BY seq"
    loss = rows(
        "SELECT fault, acknowledged_ops, lost_acked_ops, lost_after_fault_ops, applied_unacked_ops,"
        " rpo_time_ns, recovery_point_age_ns, lost_bytes, divergent_ops, lag_ops, lag_time_ns"
        " FROM loss WHERE run_key = ?"
    )
    for row in loss:
        for name in ("divergent_ops", "lag_ops", "lag_time_ns"):
            if row[name] is None:
                del row[name]
    sites = rows(
        "SELECT id, role, promotions, lag_ops_max, lag_bytes_max, lag_time_max_ns,"
        " diverged_records, discarded_records, coalesce(reapplied_records, 0) AS reapplied_records,"
        " coalesce(refused_records, 0) AS refused_records FROM site " + of_run
    )
    routing = rows("SELECT clients, p50_ns, p99_ns, max_ns FROM routing WHERE run_key = ?")
    watched = rows("SELECT * FROM fd WHERE run_key = ?")
    services = {
        "services": [_counted(row, "calls") for row in rows(
            "SELECT id, ok, failed, timed_out, rejected, refused, cancelled, causes,"
            " latency_p50_ns, latency_p99_ns, stops, opened, goodput_before, goodput_after,"
            " goodput_end, metastable, back_ns FROM service " + of_run)],
        "clients": [_counted(row, "requests") for row in rows(
            "SELECT id, service, criticality, ok, failed, timed_out, rejected, refused, cancelled,"
            " causes, attempts, latency_p50_ns, latency_p95_ns, latency_p99_ns, latency_max_ns"
            " FROM clients " + of_run)],
        "breakers": [
            {"edge": row["edge"], "caller": row["caller"],
             **dict(zip(("state", "start_ns", "end_ns"), span))}
            for row in rows("SELECT edge, caller, spans FROM breaker " + of_run)
            for span in json.loads(row["spans"])
        ],
    }
    return {  # type: ignore[typeddict-item]
        **_backups(rows),
        **_deploys(rows),
        "schema_version": 1,
        **run,
        "faults": rows(
            "SELECT id, inject, target, start_ns, end_ns, observed_ns, effect FROM fault " + of_run
        ),
        "recovery": [_recovery(row, rows) for row in rows(
            "SELECT scope, fault, rto_ns, censored, first_success_ns, unavailable_ns, flaps,"
            " outages FROM recovery v WHERE run_key = ? ORDER BY CASE scope WHEN 'write' THEN 0"
            " WHEN 'read' THEN 1 ELSE 2 END, (SELECT seq FROM service s WHERE s.run_key = v.run_key"
            " AND 'service:' || s.id = v.scope), (SELECT seq FROM site s WHERE s.run_key ="
            " v.run_key AND 'site:' || s.id = v.scope)")],
        "loss": loss[0] if loss else None,
        "workloads": rows(
            "SELECT id, issued, acknowledged, unknown, in_flight, attempts, acknowledged * 1.0"
            " / nullif(acknowledged + unknown, 0) AS availability, latency_p50_ns, latency_p95_ns,"
            " latency_p99_ns, latency_max_ns FROM workload " + of_run
        ),
        "targets": [{**row, "censored": bool(row["censored"])} for row in rows(
            "SELECT id, objective, actual, actual_ns, censored, verdict, detail FROM target "
            + of_run)],
        "checks": rows('SELECT id, verdict, detail FROM "check" ' + of_run),
        "findings": rows("SELECT rule, at_ns, message FROM finding " + of_run),
        "doubts": [row["text"] for row in rows("SELECT text FROM doubt " + of_run)],
        "replay": f"shaketable replay {run_key} --db {shlex.quote(results.path)}",
        "timeline": rows("SELECT at_ns, kind, node, text FROM timeline " + of_run),
        "roles": [
            {"node": row["node"], **dict(zip(("role", "term", "start_ns", "end_ns"), span))}
            for row in rows("SELECT node, spans FROM role " + of_run)
            for span in json.loads(row["spans"])
        ],
        "series": [_series(row) for row in rows(
            "SELECT workload, part, start_ns, end_ns, bucket_ns, buckets FROM series " + of_run)],
        **(services if services["services"] else {}),
        **({"detection": _detection(watched[0])} if watched else {}),
        **({"sites": sites} if sites else {}),
        **({"routing": routing[0]} if routing else {}),
    }


def _detection(row: dict[str, Any]) -> dict[str, Any]:
    def spells(detected: str, missed: str, time: str) -> dict[str, Any]:
        times = {"mean_ns": "mean", "p50_ns": "p50", "p99_ns": "p99", "longest_ns": "max"}
        return {
            "detected": row[detected],
            "missed": row[missed],
            **{name: row[f"{time}_{column}_ns"] for name, column in times.items()},
        }

    return {
        "detector": row["detector"],
        "knobs": json.loads(row["params"]),
        "messages": row["messages"],
        "crashes": spells("detected", "missed", "t_d"),
        "partitions": spells("cuts_detected", "cuts_missed", "t_cut"),
        "mistakes": row["n_mistakes"],
        "convictions": row["n_convictions"],
        "well_ns": row["well_ns"],
        "mistake_rate": row["lambda_m"],
        "query_accuracy": row["p_a"],
        "mistake_duration_ns": row["t_m_mean_ns"],
        "mistake_recurrence_ns": row["t_mr_mean_ns"],
        "good_period_ns": row["t_g_mean_ns"],
        "trust_after_return_ns": row["t_return_mean_ns"],
    }


def _deploys(rows: Any) -> dict[str, Any]:
    """What a result says of versions; nothing if nobody deployed any."""
    deploys = rows(
        "SELECT id, inject, version, outcome, nodes, reached, backed_out, start_ns, end_ns"
        " FROM deploy WHERE run_key = ? ORDER BY seq"
    )
    for deploy in deploys:
        deploy["backed_out"] = bool(deploy["backed_out"])
    return {"deploys": deploys} if deploys else {}


def _backups(rows: Any) -> dict[str, Any]:
    """What a result says of backups; nothing if the scenario makes none."""
    archive = rows(
        "SELECT segments, bytes, expired, last_index, backlog_max_bytes, verifications, bad,"
        " findings, first_bad_ns FROM archive WHERE run_key = ?"
    )
    if not archive:
        return {}
    restores = rows(
        "SELECT number, drill, outcome, why, start_ns, end_ns, steps, log_index AS \"index\","
        " recovery_point_ns, bytes, replayed, lost_ops, lost_bytes, rpo_time_ns,"
        " recovery_point_age_ns, in_place_ns FROM restore WHERE run_key = ? ORDER BY number"
    )
    for restore in restores:
        restore["drill"] = bool(restore["drill"])
        restore["steps"] = [
            dict(zip(("name", "outcome", "duration_ns"), step))
            for step in json.loads(restore["steps"])
        ]
    return {
        "backups": rows(
            "SELECT number, kind, log_index AS \"index\", start_ns, end_ns, state, bytes"
            " FROM backup WHERE run_key = ? ORDER BY seq"
        ),
        "restores": restores,
        "archive": archive[0],
    }


_OUTCOMES = ("ok", "failed", "timed_out", "rejected", "refused", "cancelled")


def _counted(row: dict[str, Any], what: str) -> dict[str, Any]:
    counts = {outcome: row.pop(outcome) for outcome in _OUTCOMES}
    causes = json.loads(row.pop("causes"))
    return {**row, what: {"ended": sum(counts.values()), **counts, "causes": causes}}


def _recovery(row: dict[str, Any], rows: Any) -> dict[str, Any]:
    phases = rows(
        "SELECT name, duration_ns, scope FROM phase WHERE run_key = ? ORDER BY scope, seq"
    )
    # Runs from before outages were kept have none to show.
    outages = json.loads(row["outages"] or "[]")
    return {
        **row,
        "censored": bool(row["censored"]),
        "phases": [
            {"name": phase["name"], "duration_ns": phase["duration_ns"]}
            for phase in phases
            if phase["scope"] == row["scope"]
        ],
        "outages": [{"start_ns": start, "end_ns": end} for start, end in outages],
    }


def _series(row: dict[str, Any]) -> dict[str, Any]:
    measures = ("issued", "acknowledged", "unknown", "latency_p50_ns", "latency_p99_ns")
    buckets = zip(*json.loads(row.pop("buckets")))
    return {**row, **{measure: list(values) for measure, values in zip(measures, buckets)}}
