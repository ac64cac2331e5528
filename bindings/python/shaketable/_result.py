# SPDX-License-Identifier: MIT
"""What a run says, key by key.

Keys that end in `_ns` are whole nanoseconds of virtual time, since the start of the run or as a
span. None says that a measure does not exist (no fault, no recovery); it never stands for zero.
"""
from __future__ import annotations

from typing import Literal, Optional, TypedDict

Verdict = Literal["pass", "fail", "inconclusive"]


class Fault(TypedDict):
    """A fault as it struck, with its receipt: the first effect that anybody observed."""

    id: str
    inject: str  # what it did, such as "node.crash"
    target: str  # who was hit, in words
    start_ns: Optional[int]  # None: the run ended before
    end_ns: Optional[int]  # None: permanent, or still acting when the run ended
    observed_ns: Optional[int]  # None: no effect was seen, which makes the run inconclusive
    effect: str


class Span(TypedDict):
    start_ns: int
    end_ns: int


class Phase(TypedDict):
    name: str  # detect, elect, catch-up or client; or detect, decide, fence ... of another site
    duration_ns: int


class Recovery(TypedDict):
    """How service came back after a fault: for writes, for reads, for each site and service."""

    scope: str  # "write", "read", "site:NAME" or "service:NAME"
    fault: str  # id of the fault that started the clock
    rto_ns: Optional[int]  # None when censored; 0 if service never fell below its target
    censored: bool  # service had not recovered when the run ended
    phases: list[Phase]  # sum to rto_ns
    first_success_ns: Optional[int]  # from the fault to the first acknowledged operation
    unavailable_ns: int  # total time out of service after the fault
    flaps: int  # times service was lost again after it had come back
    outages: list[Span]  # out of service; their lengths sum to unavailable_ns


class _LossOfSites(TypedDict, total=False):
    # Of services with sites.
    divergent_ops: int  # acknowledged by a primary of before, after another was promoted
    lag_ops: int  # of the site that was promoted, when last looked at before the fault
    lag_time_ns: int


class Loss(_LossOfSites):
    """Acknowledged writes that did not survive, from the exact set of them."""

    fault: str
    acknowledged_ops: int  # in the whole run
    lost_acked_ops: int  # RPO in operations: acknowledged before the fault and lost
    lost_after_fault_ops: int  # acknowledged after the fault and lost
    applied_unacked_ops: int  # survived without an acknowledgement
    rpo_time_ns: int  # from the oldest lost acknowledgement to the fault; 0 if nothing is lost
    recovery_point_age_ns: Optional[int]  # from the newest surviving acknowledgement to the fault
    lost_bytes: int  # of the lost_acked_ops


class Site(TypedDict):
    """A site of a replicated service, with a group of its own."""

    id: str
    role: Literal["primary", "standby"]  # at the end
    promotions: int
    lag_ops_max: int  # as its primary knew
    lag_bytes_max: int
    lag_time_max_ns: int
    diverged_records: int  # that its primary had not
    discarded_records: int  # of these, by making its nodes anew
    reapplied_records: int  # of the discarded: made again at the primary
    refused_records: int  # ... and not, as somebody had written there since


class Routing(TypedDict):
    """When clients went to the site that is primary at the end, counted from the first fault."""

    clients: int
    p50_ns: int
    p99_ns: int
    max_ns: int


class _OfSites(TypedDict, total=False):
    # Of services with sites.
    sites: list[Site]
    routing: Routing  # if anybody had to go elsewhere


class Workload(TypedDict):
    """What the clients saw after the warm-up."""

    id: str
    issued: int
    acknowledged: int
    unknown: int  # the deadline passed without an answer
    in_flight: int  # at the end of the run
    attempts: int
    availability: Optional[float]  # acknowledged / (acknowledged + unknown), 0 .. 1
    latency_p50_ns: Optional[int]
    latency_p95_ns: Optional[int]
    latency_p99_ns: Optional[int]
    latency_max_ns: Optional[int]


class Target(TypedDict):
    """A bound of the scenario, with what was measured beside it."""

    id: str  # such as "rto.max"
    objective: str  # such as "< 30s"
    actual: str
    actual_ns: Optional[int]
    censored: bool
    verdict: Verdict
    detail: str  # why inconclusive, or empty


class Check(TypedDict):
    id: str
    verdict: Verdict
    detail: str


class Finding(TypedDict):
    """The simulated system broke a promise."""

    rule: str
    at_ns: int
    message: str


class TimelineEntry(TypedDict):
    at_ns: int
    kind: str
    node: str  # empty if it is about none
    text: str


class Role(TypedDict):
    """What a node was for a time. The spans of a node adjoin, and cover the run."""

    node: str
    role: Literal["follower", "pre-candidate", "candidate", "leader", "paused", "down"]
    term: int
    start_ns: int
    end_ns: int


class Series(TypedDict):
    """The operations of a workload in buckets of time, each event where it happened.

    Or the requests of a population of clients, under its name; or the calls of a service, under
    "service:NAME", and of each version of it under "service:NAME@VERSION", without latencies. What
    has not succeeded counts as unknown.

    Bucket i covers start_ns + i * bucket_ns up to the next; the last ends at end_ns. The lists have
    one number for each bucket.
    """

    workload: str
    part: Literal["run", "incident"]  # all of the run, or closer: the time around the outages
    start_ns: int
    end_ns: int
    bucket_ns: int
    issued: list[int]
    acknowledged: list[int]
    unknown: list[int]  # the deadline passed without an answer
    latency_p50_ns: list[Optional[int]]  # of those acknowledged in the bucket
    latency_p99_ns: list[Optional[int]]


class Backup(TypedDict):
    """A backup, as the catalogue has it at the end of the run."""

    number: int  # 0: it was due, and could not begin
    kind: Literal["full", "incremental"]
    index: int  # it holds the state after this entry of the log
    start_ns: int
    end_ns: Optional[int]
    state: Literal["running", "complete", "failed", "expired"]
    bytes: int


class RestoreStep(TypedDict):
    name: Literal["locate", "provision", "load", "replay", "verify"]
    outcome: Literal["done", "fell-back", "failed"]
    duration_ns: int


class Restore(TypedDict):
    """A state brought back from backups and log. Its steps sum to the time that it took."""

    number: int
    drill: bool
    outcome: Literal["running", "reached", "fell-short", "refused"]
    why: str  # it did not reach its target; empty if it did
    start_ns: int
    end_ns: Optional[int]
    steps: list[RestoreStep]
    index: int  # the state is that after this entry of the log
    recovery_point_ns: Optional[int]  # when the newest entry in it was committed
    bytes: int  # that were read
    replayed: int  # entries
    lost_ops: int  # acknowledged before it began, and not in the state
    lost_bytes: int
    rpo_time_ns: int  # its begin minus the acknowledgement of the oldest of them
    recovery_point_age_ns: Optional[int]
    in_place_ns: Optional[int]  # when the nodes were made anew from it


class Deploy(TypedDict):
    """An order about the versions that nodes run, or that requests for a service go to."""

    id: str  # of its fault
    inject: Literal["deploy.rolling", "deploy.rollback", "deploy.finalize", "deploy.shift"]
    version: str  # that was asked for; empty if none was
    outcome: Literal["running", "done", "refused", "failed", "stopped", "given-up"]
    nodes: int  # that it was about
    reached: int  # of these, those that got what it was to give them
    backed_out: bool  # and got back what they had
    start_ns: int
    end_ns: Optional[int]


class Archive(TypedDict):
    """The archived log, and what verifications found."""

    segments: int
    bytes: int
    expired: int
    last_index: int
    backlog_max_bytes: int
    verifications: int
    bad: int  # objects found damaged or missing
    findings: int  # of the last verification
    first_bad_ns: Optional[int]


class _OfBackups(TypedDict, total=False):
    # Of scenarios that make backups, and of no others.
    backups: list[Backup]
    restores: list[Restore]
    archive: Archive
    # Of those in which something is deployed.
    deploys: list[Deploy]


class Spells(TypedDict):
    """Ends of processes, or cuts, that watchers were to notice: one for each watcher."""

    detected: int
    missed: int  # over before the lasting suspicion
    mean_ns: Optional[int]  # as the rest: from the beginning to that
    p50_ns: Optional[int]
    p99_ns: Optional[int]
    longest_ns: Optional[int]


class Detection(TypedDict):
    """How well nodes watched one another after the warm-up, all pairs together."""

    detector: Literal["phi", "fixed", "chen", "two_window", "swim"]
    knobs: dict[str, object]
    messages: int  # of the detectors, in the whole run
    crashes: Spells  # T_D
    partitions: Spells  # and pauses: to suspect is right, but nobody has crashed
    mistakes: int  # suspicions of peers that were up and could be reached
    convictions: int  # of such peers, those given up
    well_ns: int  # for how long peers were that
    mistake_rate: Optional[float]  # lambda_M, a second and pair
    query_accuracy: Optional[float]  # P_A, 0 .. 1
    mistake_duration_ns: Optional[int]  # T_M, as the rest: the mean
    mistake_recurrence_ns: Optional[int]  # T_MR
    good_period_ns: Optional[int]  # T_G
    trust_after_return_ns: Optional[int]  # how long a peer that was back was suspected still


class Alert(TypedDict):
    """An alert from its being pending to its end."""

    alert: str
    labels: str  # {node="node-3"}; empty if there are none
    severity: str
    pages: bool  # its severity is page or critical
    pending_ns: int
    firing_ns: Optional[int]  # None: it never came to that
    resolved_ns: Optional[int]  # or dropped while pending; None: it goes on
    fault: str  # that it may be due to; empty: none


class Paged(TypedDict):
    """A fault, and the first page that was out while it acted or in the grace after it."""

    fault: str
    alert: str  # empty: nobody was called
    time_to_page_ns: Optional[int]


class Alerting(TypedDict):
    """What a monitoring system made of the run."""

    alerts: list[Alert]
    faults: list[Paged]
    pages: int
    false_pages: int  # of these, due to no fault
    missed: int  # faults about which nobody was called


class _IfWatched(TypedDict, total=False):
    detection: Detection  # not there if nobody watched anybody
    alerting: Alerting  # not there if nobody monitored


class Outcomes(TypedDict):
    """What became of calls, or of requests, that were sent after the warm-up and have ended."""

    ended: int
    ok: int
    failed: int  # the callee said so
    timed_out: int  # no answer in time
    rejected: int  # somebody would not have it
    refused: int  # nobody was at the instance's place
    cancelled: int  # nobody needed the answer any more
    causes: dict[str, int]  # of those rejected: queue-full, breaker, shed ...


class Service(TypedDict):
    """The calls of one service, from whomever; each attempt is one.

    Goodput is in successes per second, of its clients' requests, or of calls if it has no clients.
    """

    id: str
    calls: Outcomes
    latency_p50_ns: Optional[int]  # of those that are ok
    latency_p99_ns: Optional[int]
    stops: int  # of its instances
    opened: int  # times that a breaker before it opened
    goodput_before: Optional[float]  # the first fault
    goodput_after: Optional[float]  # the last fault, in the mean of five minutes
    goodput_end: float  # in the run's last service_level.hold
    metastable: Literal["no", "yes", "unknown"]  # below half of before for five minutes after
    back_ns: Optional[int]  # from the last fault's end to half of before


class Clients(TypedDict):
    """The requests of one population of clients of a service."""

    id: str
    service: str
    criticality: Literal["critical", "standard", "background"]
    requests: Outcomes
    attempts: int
    latency_p50_ns: Optional[int]  # of those that are ok
    latency_p95_ns: Optional[int]
    latency_p99_ns: Optional[int]
    latency_max_ns: Optional[int]


class Breaker(TypedDict):
    """A circuit breaker in one state for a time. The spans of a caller cover the run."""

    edge: str  # such as "shop->store"
    caller: str  # such as "shop/0@node-1", or a population of clients
    state: str
    start_ns: int
    end_ns: int


class _Services(TypedDict, total=False):
    """Only in results of scenarios that have services."""

    services: list[Service]
    clients: list[Clients]
    breakers: list[Breaker]  # not in the output of the command


class Result(_OfBackups, _IfWatched, _OfSites, _Services):
    schema_version: int
    scenario: str
    scenario_hash: str
    parameters: dict[str, object]
    seed: int
    run_key: str  # hash of scenario, parameters, seed and model version
    fingerprint: str  # digest of all facts: equal exactly if the runs are equal
    verdict: Verdict
    costs: str  # "free": CPU and queueing are not charged
    virtual_ns: int
    wall_ns: int  # real time the run took; the one key that differs between equal runs
    events: int
    facts: int
    elections: int  # leaders elected after the warm-up
    needless_elections: int  # of these: the leader before was up and reachable
    messages: int  # sent between nodes
    heartbeats: int  # of these: a leader's, without news, one way
    wan_bytes: int  # sent by nodes to nodes of other sites
    faults: list[Fault]
    recovery: list[Recovery]
    loss: Optional[Loss]
    workloads: list[Workload]
    targets: list[Target]
    checks: list[Check]
    findings: list[Finding]
    doubts: list[str]  # why it can't be a pass, besides targets and checks
    replay: str  # the command that does the run again
    # Not in the output of the command:
    timeline: list[TimelineEntry]
    roles: list[Role]  # node by node, in the order of time
    series: list[Series]  # for each workload one of the run, and if service was out one closer up
