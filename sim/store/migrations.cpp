// SPDX-License-Identifier: MIT
#include "sim/store/migrations.hpp"

#include <array>

#include <fmt/format.h>

#include "core/base/digest.hpp"

namespace shaketable {

namespace {

// Times are `_ns` INTEGER in virtual time since the start of the run, wall times ISO-8601 TEXT. A
// measure that does not exist is NULL, never zero. `seq` keeps the order in which the result has
// its rows. The views are the public interface: they may gain columns, and never change a meaning.
constexpr std::string_view kResults = R"sql(
CREATE TABLE schema_migration(
  version INTEGER PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, applied_at TEXT NOT NULL
) STRICT;

CREATE TABLE campaign(             -- one use of the program that wrote runs
  campaign_id INTEGER PRIMARY KEY, started_at TEXT NOT NULL,
  program TEXT NOT NULL,           -- version of the program
  argv TEXT NOT NULL CHECK(json_valid(argv))
) STRICT;

CREATE TABLE scenario(
  scenario_hash TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL,
  path TEXT NOT NULL,              -- as the user named it; the text below is what counts
  resolved_yaml TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE run(
  run_key TEXT PRIMARY KEY,        -- of scenario, seed and model version
  campaign_id INTEGER NOT NULL REFERENCES campaign,
  scenario_hash TEXT NOT NULL REFERENCES scenario,
  seed INTEGER NOT NULL, params TEXT NOT NULL CHECK(json_valid(params)),
  model_version TEXT NOT NULL,
  fingerprint TEXT NOT NULL,       -- digest of all facts: the witness of determinism
  verdict TEXT NOT NULL CHECK(verdict IN ('pass','fail','inconclusive')),
  costs TEXT NOT NULL,             -- whether CPU and queueing were charged
  virtual_ns INTEGER NOT NULL, wall_ns INTEGER NOT NULL,
  events INTEGER NOT NULL, facts INTEGER NOT NULL,
  elections INTEGER NOT NULL, messages INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX run_by_scenario ON run(scenario_hash, seed);

CREATE TABLE fault(
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL,
  id TEXT NOT NULL, inject TEXT NOT NULL, target TEXT NOT NULL,
  start_ns INTEGER, end_ns INTEGER,
  observed_ns INTEGER,             -- of the first effect; NULL: none was seen
  effect TEXT NOT NULL,
  PRIMARY KEY(run_key, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE recovery(
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, scope TEXT NOT NULL,
  fault TEXT NOT NULL, rto_ns INTEGER, censored INTEGER NOT NULL CHECK(censored IN (0,1)),
  first_success_ns INTEGER, unavailable_ns INTEGER NOT NULL, flaps INTEGER NOT NULL,
  CHECK(censored = (rto_ns IS NULL)),
  PRIMARY KEY(run_key, scope)) STRICT, WITHOUT ROWID;

CREATE TABLE phase(                -- of a recovery; they sum to its rto_ns
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, scope TEXT NOT NULL, seq INTEGER NOT NULL,
  name TEXT NOT NULL, duration_ns INTEGER NOT NULL,
  PRIMARY KEY(run_key, scope, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE loss(
  run_key TEXT PRIMARY KEY REFERENCES run ON DELETE CASCADE, fault TEXT NOT NULL,
  acknowledged_ops INTEGER NOT NULL, lost_acked_ops INTEGER NOT NULL,
  lost_after_fault_ops INTEGER NOT NULL, applied_unacked_ops INTEGER NOT NULL,
  rpo_time_ns INTEGER NOT NULL, recovery_point_age_ns INTEGER) STRICT, WITHOUT ROWID;

CREATE TABLE workload(
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL, id TEXT NOT NULL,
  issued INTEGER NOT NULL, acknowledged INTEGER NOT NULL, unknown INTEGER NOT NULL,
  in_flight INTEGER NOT NULL, attempts INTEGER NOT NULL,
  latency_p50_ns INTEGER, latency_p95_ns INTEGER, latency_p99_ns INTEGER, latency_max_ns INTEGER,
  PRIMARY KEY(run_key, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE target(
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL,
  id TEXT NOT NULL, objective TEXT NOT NULL, actual TEXT NOT NULL, actual_ns INTEGER,
  censored INTEGER NOT NULL CHECK(censored IN (0,1)),
  verdict TEXT NOT NULL CHECK(verdict IN ('pass','fail','inconclusive')), detail TEXT NOT NULL,
  PRIMARY KEY(run_key, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE "check"(
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL,
  id TEXT NOT NULL, verdict TEXT NOT NULL CHECK(verdict IN ('pass','fail','inconclusive')),
  detail TEXT NOT NULL,
  PRIMARY KEY(run_key, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE finding(              -- a promise the system under test broke
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL,
  rule TEXT NOT NULL, at_ns INTEGER NOT NULL, message TEXT NOT NULL,
  PRIMARY KEY(run_key, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint(           -- digest of all facts up to a number of them
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, facts INTEGER NOT NULL,
  at_ns INTEGER NOT NULL, digest TEXT NOT NULL,
  PRIMARY KEY(run_key, facts)) STRICT, WITHOUT ROWID;

CREATE TABLE timeline(
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL,
  at_ns INTEGER NOT NULL, kind TEXT NOT NULL, node TEXT NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY(run_key, seq)) STRICT, WITHOUT ROWID;

CREATE VIEW v_run AS
  SELECT s.name AS scenario, r.seed, r.verdict, r.params, r.run_key, r.fingerprint,
         r.scenario_hash, r.model_version, r.virtual_ns / 1e9 AS virtual_s,
         r.wall_ns / 1e9 AS wall_s, r.events, r.facts, r.elections, r.messages,
         (SELECT count(*) FROM finding f WHERE f.run_key = r.run_key) AS findings,
         c.started_at
  FROM run r JOIN scenario s USING(scenario_hash) JOIN campaign c USING(campaign_id);

CREATE VIEW v_rto AS
  SELECT s.name AS scenario, r.seed, r.params, r.run_key, v.scope, v.fault,
         v.rto_ns / 1e9 AS rto_s, v.censored, v.first_success_ns / 1e9 AS first_success_s,
         v.unavailable_ns / 1e9 AS unavailable_s, v.flaps,
         (SELECT json_group_object(p.name, p.duration_ns / 1e9) FROM phase p
          WHERE p.run_key = v.run_key AND p.scope = v.scope) AS phases_s
  FROM recovery v JOIN run r USING(run_key) JOIN scenario s USING(scenario_hash);

CREATE VIEW v_rpo AS
  SELECT s.name AS scenario, r.seed, r.params, r.run_key, l.fault, l.rpo_time_ns / 1e9 AS rpo_s,
         l.lost_acked_ops, l.lost_after_fault_ops, l.applied_unacked_ops, l.acknowledged_ops,
         l.recovery_point_age_ns / 1e9 AS recovery_point_age_s
  FROM loss l JOIN run r USING(run_key) JOIN scenario s USING(scenario_hash);

CREATE VIEW v_slo AS
  SELECT s.name AS scenario, r.seed, r.params, r.run_key, w.id AS workload, w.issued,
         w.acknowledged, w.unknown, w.in_flight,
         w.acknowledged * 1.0 / nullif(w.acknowledged + w.unknown, 0) AS availability,
         w.latency_p50_ns / 1e9 AS latency_p50_s, w.latency_p95_ns / 1e9 AS latency_p95_s,
         w.latency_p99_ns / 1e9 AS latency_p99_s, w.latency_max_ns / 1e9 AS latency_max_s
  FROM workload w JOIN run r USING(run_key) JOIN scenario s USING(scenario_hash);
)sql";

// A study is a grid of points: one scenario with its parameters set in every combination, each run
// with the same seeds, and weighed by the same objectives. Its rows depend on the study alone, not
// on threads, interruptions or the clock.
constexpr std::string_view kStudies = R"sql(
ALTER TABLE run ADD COLUMN needless_elections INTEGER;  -- NULL: of a build that did not count them
ALTER TABLE run ADD COLUMN heartbeats INTEGER;          -- NULL: likewise

DROP VIEW v_run;
CREATE VIEW v_run AS
  SELECT s.name AS scenario, r.seed, r.verdict, r.params, r.run_key, r.fingerprint,
         r.scenario_hash, r.model_version, r.virtual_ns / 1e9 AS virtual_s,
         r.wall_ns / 1e9 AS wall_s, r.events, r.facts, r.elections, r.messages,
         (SELECT count(*) FROM finding f WHERE f.run_key = r.run_key) AS findings,
         c.started_at, r.needless_elections, r.heartbeats
  FROM run r JOIN scenario s USING(scenario_hash) JOIN campaign c USING(campaign_id);

CREATE TABLE study(
  study_key TEXT PRIMARY KEY,      -- of its points, seeds, objectives and the model version
  name TEXT NOT NULL, description TEXT NOT NULL,
  path TEXT NOT NULL,              -- as the user named it
  first_seed INTEGER NOT NULL, last_seed INTEGER NOT NULL,  -- both included, for every point
  model_version TEXT NOT NULL,
  finished INTEGER NOT NULL CHECK(finished IN (0,1))  -- 1: point_value and on_front are there
) STRICT, WITHOUT ROWID;

CREATE TABLE study_axis(           -- a parameter that varies; seq as in the file
  study_key TEXT NOT NULL REFERENCES study ON DELETE CASCADE, seq INTEGER NOT NULL,
  parameter TEXT NOT NULL,
  type TEXT NOT NULL,              -- of the parameter: duration, integer, number, probability ...
  PRIMARY KEY(study_key, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE study_objective(      -- seq as in the file
  study_key TEXT NOT NULL REFERENCES study ON DELETE CASCADE, seq INTEGER NOT NULL,
  objective TEXT NOT NULL,         -- its id
  measure TEXT NOT NULL,           -- rto.write.p99 ...
  direction TEXT NOT NULL CHECK(direction IN ('min','max')),  -- which way is better
  unit TEXT NOT NULL CHECK(unit IN ('s','count','share','1/s','1/h')),
  PRIMARY KEY(study_key, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE point(                -- numbered from 0, the last axis runs fastest
  study_key TEXT NOT NULL REFERENCES study ON DELETE CASCADE, point INTEGER NOT NULL,
  scenario_hash TEXT NOT NULL,
  params TEXT NOT NULL CHECK(json_valid(params)),  -- the axes alone: {"heartbeat": "50ms"}
  on_front INTEGER CHECK(on_front IN (0,1)),       -- 1: no point beats it; NULL: not finished
  PRIMARY KEY(study_key, point)) STRICT, WITHOUT ROWID;

CREATE TABLE point_parameter(      -- the same as `params`, one row an axis
  study_key TEXT NOT NULL, point INTEGER NOT NULL, seq INTEGER NOT NULL,
  parameter TEXT NOT NULL, value TEXT NOT NULL,
  number REAL,                     -- of an ordered type; durations in seconds
  PRIMARY KEY(study_key, point, seq),
  FOREIGN KEY(study_key, point) REFERENCES point ON DELETE CASCADE) STRICT, WITHOUT ROWID;

CREATE TABLE trial(                -- one seed of one point that has been run
  study_key TEXT NOT NULL, point INTEGER NOT NULL, seed INTEGER NOT NULL,
  run_key TEXT NOT NULL REFERENCES run,
  PRIMARY KEY(study_key, point, seed),
  FOREIGN KEY(study_key, point) REFERENCES point ON DELETE CASCADE) STRICT, WITHOUT ROWID;

CREATE TABLE observation(          -- what a trial says about an objective, in its unit
  study_key TEXT NOT NULL, point INTEGER NOT NULL, seed INTEGER NOT NULL,
  objective TEXT NOT NULL,
  value REAL,                      -- NULL: see censored
  censored INTEGER NOT NULL CHECK(censored IN (0,1)),  -- 1: not recovered, worse than any number
  CHECK(value IS NULL OR censored = 0),                -- NULL and 0: the run says nothing
  PRIMARY KEY(study_key, point, seed, objective),
  FOREIGN KEY(study_key, point, seed) REFERENCES trial ON DELETE CASCADE) STRICT, WITHOUT ROWID;

CREATE TABLE point_value(          -- the observations of all seeds folded into one
  study_key TEXT NOT NULL, point INTEGER NOT NULL, objective TEXT NOT NULL,
  value REAL,                      -- NULL: see censored
  censored INTEGER NOT NULL CHECK(censored IN (0,1)),  -- 1: worse than any number
  observations INTEGER NOT NULL,   -- trials that say something; 0: no evidence, never on the front
  CHECK(value IS NULL OR censored = 0),
  PRIMARY KEY(study_key, point, objective),
  FOREIGN KEY(study_key, point) REFERENCES point ON DELETE CASCADE) STRICT, WITHOUT ROWID;

CREATE VIEW v_sweep AS             -- a row for each point and objective of finished studies
  SELECT s.name AS study, s.study_key, p.point, p.params, o.objective, o.measure, o.direction,
         o.unit, v.value, v.censored, v.observations, p.on_front
  FROM study s JOIN point p USING(study_key) JOIN study_objective o USING(study_key)
       JOIN point_value v USING(study_key, point, objective)
  WHERE s.finished = 1;

CREATE VIEW v_pareto AS            -- a row for each point of a front
  SELECT s.name AS study, s.study_key, p.point, p.params,
         (SELECT json_group_object(v.objective, v.value) FROM point_value v
          WHERE v.study_key = p.study_key AND v.point = p.point) AS objectives
  FROM study s JOIN point p USING(study_key)
  WHERE s.finished = 1 AND p.on_front = 1;
)sql";

// What an incident's timeline shows. One row holds a whole series or the whole history of a node
// as a JSON array, so that a run takes at most one row for a thousand events; the views unpack
// them.
constexpr std::string_view kHistory = R"sql(
ALTER TABLE recovery ADD COLUMN    -- [[start_ns, end_ns], ...]; NULL: from before this was kept
  outages TEXT CHECK(outages IS NULL OR json_valid(outages));

CREATE TABLE role(
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL, node TEXT NOT NULL,
  spans TEXT NOT NULL CHECK(json_valid(spans)),  -- [[role, term, start_ns, end_ns], ...]
  PRIMARY KEY(run_key, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE series(               -- of the operations of a workload; the last bucket may be short
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL,
  workload TEXT NOT NULL, part TEXT NOT NULL CHECK(part IN ('run','incident')),
  start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, bucket_ns INTEGER NOT NULL,
  buckets TEXT NOT NULL CHECK(json_valid(buckets)),
                                   -- [[issued, acknowledged, unknown, p50_ns, p99_ns], ...]
  PRIMARY KEY(run_key, seq)) STRICT;  -- with a rowid, for two long rows share a page

CREATE VIEW v_outage AS
  SELECT s.name AS scenario, r.seed, r.params, r.run_key, v.scope, o.key AS outage,
         json_extract(o.value, '$[0]') / 1e9 AS start_s,
         json_extract(o.value, '$[1]') / 1e9 AS end_s
  FROM recovery v JOIN run r USING(run_key) JOIN scenario s USING(scenario_hash),
       json_each(v.outages) o;

CREATE VIEW v_role AS
  SELECT s.name AS scenario, r.seed, r.params, r.run_key, n.node,
         json_extract(p.value, '$[0]') AS role, json_extract(p.value, '$[1]') AS term,
         json_extract(p.value, '$[2]') / 1e9 AS start_s,
         json_extract(p.value, '$[3]') / 1e9 AS end_s
  FROM role n JOIN run r USING(run_key) JOIN scenario s USING(scenario_hash), json_each(n.spans) p;

CREATE VIEW v_series AS
  SELECT s.name AS scenario, r.seed, r.params, r.run_key, w.workload, w.part,
         (w.start_ns + b.key * w.bucket_ns) / 1e9 AS start_s,
         min(w.start_ns + (b.key + 1) * w.bucket_ns, w.end_ns) / 1e9 AS end_s,
         json_extract(b.value, '$[0]') AS issued, json_extract(b.value, '$[1]') AS acknowledged,
         json_extract(b.value, '$[2]') AS unknown,
         json_extract(b.value, '$[3]') / 1e9 AS latency_p50_s,
         json_extract(b.value, '$[4]') / 1e9 AS latency_p99_s
  FROM series w JOIN run r USING(run_key) JOIN scenario s USING(scenario_hash),
       json_each(w.buckets) b;
)sql";

// Backups as the catalogue had them at the end, restores, and the archive of the log. Runs without
// backups have no rows here.
constexpr std::string_view kBackups = R"sql(
CREATE TABLE backup(
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL,
  number INTEGER NOT NULL,         -- in the catalogue; 0: it was due and could not begin
  kind TEXT NOT NULL CHECK(kind IN ('full','incremental')),
  log_index INTEGER NOT NULL,      -- it holds the state after this entry
  start_ns INTEGER NOT NULL, end_ns INTEGER,
  state TEXT NOT NULL CHECK(state IN ('running','complete','failed','expired')),
  bytes INTEGER NOT NULL,
  PRIMARY KEY(run_key, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE restore(
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, number INTEGER NOT NULL,
  drill INTEGER NOT NULL CHECK(drill IN (0,1)),
  outcome TEXT NOT NULL CHECK(outcome IN ('running','reached','fell-short','refused')),
  why TEXT NOT NULL,               -- it did not reach its target; empty if it did
  start_ns INTEGER NOT NULL, end_ns INTEGER,
  steps TEXT NOT NULL CHECK(json_valid(steps)),  -- [[name, outcome, duration_ns], ...]
  log_index INTEGER NOT NULL,      -- it gave the state after this entry
  recovery_point_ns INTEGER, bytes INTEGER NOT NULL, replayed INTEGER NOT NULL,
  lost_ops INTEGER NOT NULL,       -- acknowledged before it began, and not in the state
  lost_bytes INTEGER NOT NULL, rpo_time_ns INTEGER NOT NULL, recovery_point_age_ns INTEGER,
  PRIMARY KEY(run_key, number)) STRICT, WITHOUT ROWID;

CREATE TABLE archive(
  run_key TEXT NOT NULL PRIMARY KEY REFERENCES run ON DELETE CASCADE,
  segments INTEGER NOT NULL, bytes INTEGER NOT NULL, expired INTEGER NOT NULL,
  last_index INTEGER NOT NULL, backlog_max_bytes INTEGER NOT NULL,
  verifications INTEGER NOT NULL, bad INTEGER NOT NULL, findings INTEGER NOT NULL,
  first_bad_ns INTEGER) STRICT, WITHOUT ROWID;

CREATE VIEW v_restore AS
  SELECT s.name AS scenario, r.seed, r.params, r.run_key, v.number, v.drill, v.outcome, v.why,
         v.start_ns / 1e9 AS start_s, (v.end_ns - v.start_ns) / 1e9 AS took_s, v.log_index,
         v.lost_ops, v.rpo_time_ns / 1e9 AS rpo_s,
         v.recovery_point_age_ns / 1e9 AS recovery_point_age_s
  FROM restore v JOIN run r USING(run_key) JOIN scenario s USING(scenario_hash);
)sql";

// How well nodes watched one another: a row for each run in which they did.
constexpr std::string_view kDetection = R"sql(
CREATE TABLE fd(
  run_key TEXT PRIMARY KEY REFERENCES run ON DELETE CASCADE,
  detector TEXT NOT NULL,          -- phi, fixed, chen, two_window, swim
  params TEXT NOT NULL CHECK(json_valid(params)),  -- its knobs
  messages INTEGER NOT NULL,
  n_mistakes INTEGER NOT NULL,     -- suspicions of peers that were up and could be reached
  n_convictions INTEGER NOT NULL,  -- of such peers, those given up
  well_ns INTEGER NOT NULL,        -- for how long peers were that, all pairs together
  lambda_m REAL,                   -- mistakes a second of that time; NULL, as below: no such thing
  p_a REAL,                        -- the part of it without a mistake
  t_m_mean_ns INTEGER, t_mr_mean_ns INTEGER, t_g_mean_ns INTEGER, t_return_mean_ns INTEGER,
  detected INTEGER NOT NULL, missed INTEGER NOT NULL,  -- ends of processes, one for each watcher
  t_d_mean_ns INTEGER, t_d_p50_ns INTEGER, t_d_p99_ns INTEGER, t_d_max_ns INTEGER,
  cuts_detected INTEGER NOT NULL, cuts_missed INTEGER NOT NULL,  -- of ways, and pauses
  t_cut_mean_ns INTEGER, t_cut_p50_ns INTEGER, t_cut_p99_ns INTEGER, t_cut_max_ns INTEGER
) STRICT, WITHOUT ROWID;

CREATE VIEW v_fd AS
  SELECT s.name AS scenario, r.seed, r.params, r.run_key, f.detector, f.params AS knobs,
         f.n_mistakes, f.n_convictions, f.well_ns / 1e9 AS well_s, f.lambda_m, f.p_a,
         f.t_m_mean_ns / 1e9 AS t_m_mean_s, f.t_mr_mean_ns / 1e9 AS t_mr_mean_s,
         f.t_g_mean_ns / 1e9 AS t_g_mean_s, f.detected, f.missed,
         f.t_d_mean_ns / 1e9 AS t_d_mean_s, f.t_d_p50_ns / 1e9 AS t_d_p50_s,
         f.t_d_p99_ns / 1e9 AS t_d_p99_s, f.t_d_max_ns / 1e9 AS t_d_max_s,
         f.cuts_detected, f.cuts_missed, f.t_cut_p50_ns / 1e9 AS t_cut_p50_s,
         f.t_cut_p99_ns / 1e9 AS t_cut_p99_s
  FROM fd f JOIN run r USING(run_key) JOIN scenario s USING(scenario_hash);
)sql";

// Services, their clients and the breakers between them. Counts are of calls or requests that were
// sent after the warm-up and have ended.
constexpr std::string_view kServices = R"sql(
CREATE TABLE service(
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL, id TEXT NOT NULL,
  ok INTEGER NOT NULL, failed INTEGER NOT NULL, timed_out INTEGER NOT NULL,
  rejected INTEGER NOT NULL, refused INTEGER NOT NULL, cancelled INTEGER NOT NULL,
  causes TEXT NOT NULL CHECK(json_valid(causes)),  -- {cause: calls rejected for it}
  latency_p50_ns INTEGER, latency_p99_ns INTEGER,  -- of those that are ok
  stops INTEGER NOT NULL,          -- of its instances
  opened INTEGER NOT NULL,         -- times that a breaker before it opened
  goodput_before REAL, goodput_after REAL, goodput_end REAL NOT NULL,  -- successes per second
  metastable TEXT NOT NULL CHECK(metastable IN ('no','yes','unknown')),
  back_ns INTEGER,                 -- from the last fault's end to half of goodput_before
  PRIMARY KEY(run_key, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE clients(              -- a population of clients of a service
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL, id TEXT NOT NULL,
  service TEXT NOT NULL,
  criticality TEXT NOT NULL CHECK(criticality IN ('critical','standard','background')),
  ok INTEGER NOT NULL, failed INTEGER NOT NULL, timed_out INTEGER NOT NULL,
  rejected INTEGER NOT NULL, refused INTEGER NOT NULL, cancelled INTEGER NOT NULL,
  causes TEXT NOT NULL CHECK(json_valid(causes)), attempts INTEGER NOT NULL,
  latency_p50_ns INTEGER, latency_p95_ns INTEGER, latency_p99_ns INTEGER, latency_max_ns INTEGER,
  PRIMARY KEY(run_key, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE breaker(              -- of one caller; those that never changed have no row
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL,
  edge TEXT NOT NULL, caller TEXT NOT NULL,
  spans TEXT NOT NULL CHECK(json_valid(spans)),  -- [[state, start_ns, end_ns], ...]
  PRIMARY KEY(run_key, seq)) STRICT, WITHOUT ROWID;

CREATE VIEW v_service AS
  SELECT s.name AS scenario, r.seed, r.params, r.run_key, v.id AS service, v.ok, v.failed,
         v.timed_out, v.rejected, v.refused, v.cancelled, v.causes,
         v.latency_p50_ns / 1e9 AS latency_p50_s, v.latency_p99_ns / 1e9 AS latency_p99_s,
         v.stops, v.opened, v.goodput_before, v.goodput_after, v.goodput_end, v.metastable,
         v.back_ns / 1e9 AS back_s
  FROM service v JOIN run r USING(run_key) JOIN scenario s USING(scenario_hash);

CREATE VIEW v_clients AS
  SELECT s.name AS scenario, r.seed, r.params, r.run_key, c.id AS clients, c.service,
         c.criticality, c.ok, c.failed, c.timed_out, c.rejected, c.refused, c.cancelled, c.causes,
         c.attempts,
         c.ok * 1.0 / nullif(c.ok + c.failed + c.timed_out + c.rejected + c.refused
                             + c.cancelled, 0) AS success,
         c.latency_p50_ns / 1e9 AS latency_p50_s, c.latency_p95_ns / 1e9 AS latency_p95_s,
         c.latency_p99_ns / 1e9 AS latency_p99_s, c.latency_max_ns / 1e9 AS latency_max_s
  FROM clients c JOIN run r USING(run_key) JOIN scenario s USING(scenario_hash);

CREATE VIEW v_breaker AS
  SELECT s.name AS scenario, r.seed, r.params, r.run_key, b.edge, b.caller,
         json_extract(p.value, '$[0]') AS state, json_extract(p.value, '$[1]') / 1e9 AS start_s,
         json_extract(p.value, '$[2]') / 1e9 AS end_s
  FROM breaker b JOIN run r USING(run_key) JOIN scenario s USING(scenario_hash),
       json_each(b.spans) p;
)sql";

// Sites: what they did, and what their replication cost and lost. NULL, or no row: the run has
// none, or is from before. And why a run could not be a pass.
constexpr std::string_view kSites = R"sql(
ALTER TABLE run ADD COLUMN wan_bytes INTEGER;      -- sent by nodes to nodes of other sites
ALTER TABLE loss ADD COLUMN lost_bytes INTEGER;
ALTER TABLE loss ADD COLUMN divergent_ops INTEGER; -- acknowledged by a primary of before
ALTER TABLE loss ADD COLUMN lag_ops INTEGER;       -- of who was promoted, when last looked at
ALTER TABLE loss ADD COLUMN lag_time_ns INTEGER;

CREATE TABLE site(
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL, id TEXT NOT NULL,
  role TEXT NOT NULL CHECK(role IN ('primary','standby')),  -- at the end
  promotions INTEGER NOT NULL,
  lag_ops_max INTEGER NOT NULL, lag_bytes_max INTEGER NOT NULL, lag_time_max_ns INTEGER NOT NULL,
  diverged_records INTEGER NOT NULL, discarded_records INTEGER NOT NULL,
  PRIMARY KEY(run_key, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE routing(              -- when clients went to the primary of the end, from the fault
  run_key TEXT PRIMARY KEY REFERENCES run ON DELETE CASCADE,
  clients INTEGER NOT NULL, p50_ns INTEGER NOT NULL, p99_ns INTEGER NOT NULL,
  max_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE doubt(
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY(run_key, seq)) STRICT, WITHOUT ROWID;

CREATE VIEW v_site AS
  SELECT s.name AS scenario, r.seed, r.params, r.run_key, v.id AS site, v.role, v.promotions,
         v.lag_ops_max, v.lag_bytes_max, v.lag_time_max_ns / 1e9 AS lag_max_s,
         v.diverged_records, v.discarded_records
  FROM site v JOIN run r USING(run_key) JOIN scenario s USING(scenario_hash);
)sql";

constexpr std::string_view kAlerts = R"sql(
CREATE TABLE alerting(             -- a row for each run in which somebody monitored
  run_key TEXT PRIMARY KEY REFERENCES run ON DELETE CASCADE,
  pages INTEGER NOT NULL,
  false_pages INTEGER NOT NULL,    -- of these, due to no fault
  missed INTEGER NOT NULL          -- faults about which nobody was called
) STRICT, WITHOUT ROWID;

CREATE TABLE alert(                -- from its being pending to its end; in the order of that
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL,
  name TEXT NOT NULL, labels TEXT NOT NULL, severity TEXT NOT NULL,
  pages INTEGER NOT NULL CHECK(pages IN (0, 1)),
  pending_ns INTEGER NOT NULL,
  firing_ns INTEGER,               -- NULL: it never came to that
  resolved_ns INTEGER,             -- or dropped while pending; NULL: it goes on
  fault TEXT NOT NULL,             -- that it may be due to; empty: none
  PRIMARY KEY(run_key, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE page(                 -- a fault, and the first page in its time
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL,
  fault TEXT NOT NULL,
  alert TEXT NOT NULL,             -- empty: nobody was called
  time_to_page_ns INTEGER,
  PRIMARY KEY(run_key, seq)) STRICT, WITHOUT ROWID;

CREATE VIEW v_alert AS
  SELECT s.name AS scenario, r.seed, r.params, r.run_key, a.name AS alert, a.labels, a.severity,
         a.pages, a.pending_ns / 1e9 AS pending_s, a.firing_ns / 1e9 AS firing_s,
         a.resolved_ns / 1e9 AS resolved_s, a.fault
  FROM alert a JOIN run r USING(run_key) JOIN scenario s USING(scenario_hash);

CREATE VIEW v_page AS
  SELECT s.name AS scenario, r.seed, r.params, r.run_key, p.fault, p.alert,
         p.time_to_page_ns / 1e9 AS time_to_page_s
  FROM page p JOIN run r USING(run_key) JOIN scenario s USING(scenario_hash);
)sql";

// What became of writes that a site had alone. NULL: from before this was kept.
constexpr std::string_view kReconciliation = R"sql(
ALTER TABLE site ADD COLUMN reapplied_records INTEGER;  -- of the discarded: made again
ALTER TABLE site ADD COLUMN refused_records INTEGER;    -- ... and not, as others came after them
DROP VIEW v_site;
CREATE VIEW v_site AS
  SELECT s.name AS scenario, r.seed, r.params, r.run_key, v.id AS site, v.role, v.promotions,
         v.lag_ops_max, v.lag_bytes_max, v.lag_time_max_ns / 1e9 AS lag_max_s,
         v.diverged_records, v.discarded_records, v.reapplied_records, v.refused_records,
         w.rto_ns / 1e9 AS rto_s, w.censored, w.unavailable_ns / 1e9 AS away_s
  FROM site v JOIN run r USING(run_key) JOIN scenario s USING(scenario_hash)
       LEFT JOIN recovery w ON w.run_key = v.run_key AND w.scope = 'site:' || v.id;
)sql";

// Orders about the versions that nodes run, and restores that these went on from. Runs without
// versions have no rows here.
constexpr std::string_view kDeploys = R"sql(
CREATE TABLE deploy(
  run_key TEXT NOT NULL REFERENCES run ON DELETE CASCADE, seq INTEGER NOT NULL,
  id TEXT NOT NULL,                -- of its fault
  inject TEXT NOT NULL,            -- deploy.rolling, deploy.rollback, deploy.finalize
  version TEXT NOT NULL,           -- that was asked for; empty if none was
  outcome TEXT NOT NULL
    CHECK(outcome IN ('running','done','refused','failed','stopped','given-up')),
  nodes INTEGER NOT NULL,          -- that it was about
  reached INTEGER NOT NULL,        -- of these, those that got what it was to give them
  backed_out INTEGER NOT NULL CHECK(backed_out IN (0,1)),
  start_ns INTEGER NOT NULL, end_ns INTEGER,
  PRIMARY KEY(run_key, seq)) STRICT, WITHOUT ROWID;

-- When the nodes were made anew from it; NULL: it was restored beside them.
ALTER TABLE restore ADD COLUMN in_place_ns INTEGER;

CREATE VIEW v_deploy AS
  SELECT s.name AS scenario, r.seed, r.params, r.run_key, v.id, v.inject, v.version, v.outcome,
         v.nodes, v.reached, v.backed_out, v.start_ns / 1e9 AS start_s,
         (v.end_ns - v.start_ns) / 1e9 AS took_s
  FROM deploy v JOIN run r USING(run_key) JOIN scenario s USING(scenario_hash);
)sql";

constexpr std::array<Migration, 10> kMigrations = {{{1, "results", kResults},
                                                   {2, "studies", kStudies},
                                                   {3, "history", kHistory},
                                                   {4, "backups", kBackups},
                                                   {5, "detection", kDetection},
                                                   {6, "services", kServices},
                                                   {7, "sites", kSites},
                                                   {8, "alerts", kAlerts},
                                                   {9, "reconciliation", kReconciliation},
                                                   {10, "deploys", kDeploys}}};

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

std::string digest_of(const Migration& migration) {
    novacron::Digest digest;
    digest.add(migration.sql);
    return fmt::format("{:016x}", digest.value());
}

}  // namespace shaketable
