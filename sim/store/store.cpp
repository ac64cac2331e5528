// SPDX-License-Identifier: MIT
#include "sim/store/store.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <span>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include "core/base/check.hpp"
#include "sim/run/result_json.hpp"
#include "sim/store/migrations.hpp"

namespace shaketable {

using novacron::check;
using Kind = StoreError::Kind;

// Prepared once: a run costs one execution a row.
struct Store::Statements {
    explicit Statements(Connection& db)
        : scenario(
              db.prepare("INSERT INTO scenario VALUES(?1,?2,?3,?4,?5) ON CONFLICT DO NOTHING")),
          known(db.prepare("SELECT fingerprint FROM run WHERE run_key = ?1")),
          run(db.prepare(
              "INSERT INTO run VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,"
              "?16,?17,?18)")),
          fault(db.prepare("INSERT INTO fault VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)")),
          recovery(db.prepare("INSERT INTO recovery VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)")),
          phase(db.prepare("INSERT INTO phase VALUES(?1,?2,?3,?4,?5)")),
          loss(db.prepare("INSERT INTO loss VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)")),
          workload(
              db.prepare("INSERT INTO workload VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)")),
          target(db.prepare("INSERT INTO target VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)")),
          check(db.prepare("INSERT INTO \"check\" VALUES(?1,?2,?3,?4,?5)")),
          finding(db.prepare("INSERT INTO finding VALUES(?1,?2,?3,?4,?5)")),
          checkpoint(db.prepare("INSERT INTO checkpoint VALUES(?1,?2,?3,?4)")),
          timeline(db.prepare("INSERT INTO timeline VALUES(?1,?2,?3,?4,?5,?6)")),
          role(db.prepare("INSERT INTO role VALUES(?1,?2,?3,?4)")),
          series(db.prepare("INSERT INTO series VALUES(?1,?2,?3,?4,?5,?6,?7,?8)")),
          backup(db.prepare("INSERT INTO backup VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)")),
          restore(db.prepare("INSERT INTO restore VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,"
                             "?13,?14,?15,?16,?17)")),
          archive(db.prepare("INSERT INTO archive VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)")),
          detection(db.prepare("INSERT INTO fd VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,"
                               "?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24,?25)")),
          service(db.prepare("INSERT INTO service VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,"
                             "?13,?14,?15,?16,?17,?18,?19)")),
          clients(db.prepare("INSERT INTO clients VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,"
                             "?13,?14,?15,?16,?17)")),
          breaker(db.prepare("INSERT INTO breaker VALUES(?1,?2,?3,?4,?5)")),
          site(db.prepare("INSERT INTO site VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)")),
          routing(db.prepare("INSERT INTO routing VALUES(?1,?2,?3,?4,?5)")),
          doubt(db.prepare("INSERT INTO doubt VALUES(?1,?2,?3)")),
          alerting(db.prepare("INSERT INTO alerting VALUES(?1,?2,?3,?4)")),
          alert(db.prepare("INSERT INTO alert VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)")),
          page(db.prepare("INSERT INTO page VALUES(?1,?2,?3,?4,?5)")),
          deploy(db.prepare("INSERT INTO deploy VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)")) {}

    Statement scenario, known, run, fault, recovery, phase, loss, workload, target, check, finding,
        checkpoint, timeline, role, series, backup, restore, archive, detection, service, clients,
        breaker, site, routing, doubt, alerting, alert, page, deploy;
};

namespace {

std::optional<std::int64_t> ns_of(const std::optional<Instant>& at) {
    return at ? std::optional(at->ns) : std::nullopt;
}
std::optional<std::int64_t> ns_of(const std::optional<Duration>& duration) {
    return duration ? std::optional(duration->ns) : std::nullopt;
}

std::string outages_text(const RecoveryRow& row) {
    nlohmann::json outages = nlohmann::json::array();
    for (const SpanRow& outage : row.outages) outages.push_back({outage.start.ns, outage.end.ns});
    return outages.dump();
}

// Of one node, from its first row up to the next node's.
std::string spans_text(std::span<const RoleRow> rows) {
    nlohmann::json spans = nlohmann::json::array();
    for (const RoleRow& row : rows) {
        spans.push_back({row.role, row.term, row.start.ns, row.end.ns});
    }
    return spans.dump();
}

std::string causes_text(const OutcomeCounts& counts) {
    nlohmann::ordered_json causes = nlohmann::ordered_json::object();
    for (const auto& [cause, times] : counts.causes) causes[cause] = times;
    return causes.dump();
}

std::string spans_text(const BreakerRow& row) {
    nlohmann::json spans = nlohmann::json::array();
    for (const BreakerSpanRow& span : row.spans) {
        spans.push_back({span.state, span.start.ns, span.end.ns});
    }
    return spans.dump();
}

std::string buckets_text(const SeriesRow& row) {
    const auto ns_or_null = [](const std::optional<Duration>& latency) {
        return latency ? nlohmann::json(latency->ns) : nlohmann::json(nullptr);
    };
    nlohmann::json buckets = nlohmann::json::array();
    for (const Bucket& bucket : row.values) {
        buckets.push_back({bucket.issued, bucket.acknowledged, bucket.unknown,
                           ns_or_null(bucket.latency_p50), ns_or_null(bucket.latency_p99)});
    }
    return buckets.dump();
}

std::string steps_text(const RestoreRow& row) {
    nlohmann::json steps = nlohmann::json::array();
    for (const RestoreStepRow& step : row.steps) {
        steps.push_back({step.name, step.outcome, step.duration.ns});
    }
    return steps.dump();
}

enum class Content { missing, empty, ours, foreign };

// Reads the header by hand, because SQLite may leave traces beside a file by merely opening it.
// Bytes 0-15 are SQLite's own mark, bytes 68-71 the application id, highest byte first.
Content content_of(const std::string& path) {
    std::error_code trouble;
    const auto status = std::filesystem::status(path, trouble);
    if (status.type() == std::filesystem::file_type::not_found) return Content::missing;
    if (trouble) {
        throw StoreError(Kind::unusable, fmt::format("{}: {}", path, trouble.message()));
    }
    if (std::filesystem::is_directory(status)) {
        throw StoreError(Kind::unusable, path + ": is a directory, not a database");
    }
    if (!std::filesystem::is_regular_file(status)) {
        throw StoreError(Kind::unusable, path + ": is not a regular file");
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) throw StoreError(Kind::unusable, path + ": can't be read: permission denied");
    std::array<char, 100> header{};
    file.read(header.data(), header.size());
    if (file.gcount() == 0) return Content::empty;
    constexpr std::string_view kMark("SQLite format 3\0", 16);
    if (file.gcount() < 100 || std::string_view(header.data(), 16) != kMark)
        return Content::foreign;
    std::int64_t application = 0;
    for (std::size_t i = 68; i < 72; ++i) {
        application = application * 256 + static_cast<unsigned char>(header[i]);
    }
    return application == kApplicationId ? Content::ours : Content::foreign;
}

void check_folder(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    std::error_code trouble;
    if (folder.empty() || std::filesystem::is_directory(folder, trouble)) return;
    throw StoreError(Kind::unusable, fmt::format("{}: no such folder: {}", path, folder.string()));
}

}  // namespace

StoreError unusable(const std::string& path, const SqliteError& error) {
    if (error.code() == SQLITE_NOTADB || error.code() == SQLITE_CORRUPT) {
        return {Kind::unusable, fmt::format("{}: damaged: {}", path, error.what())};
    }
    return {Kind::unusable, fmt::format("{}: {}", path, error.what())};
}

Store::Store(const std::string& path, Access access, std::string_view now)
    : path_(path), access_(access) {
    // SQLite gives "" and ":memory:" meanings of their own, and forgets such databases at the end.
    if (path.empty() || path.front() == ':') {
        throw StoreError(Kind::unusable, fmt::format("'{}' is not the name of a file", path));
    }
    const Content content = content_of(path);
    if (content == Content::foreign) {
        throw StoreError(Kind::foreign, path + ": not a shaketable database; left as it is");
    }
    if (content != Content::ours) {
        if (access == Access::read) {
            throw StoreError(Kind::missing,
                             path + ": no results here; `shaketable run` writes them");
        }
        check_folder(path);
    }
    try {
        open(now);
    } catch (const SqliteError& error) {
        throw unusable(path, error);
    }
}

Store::~Store() {
    try {
        close();
    } catch (const std::runtime_error&) {  // NOLINT(bugprone-empty-catch): every run is in the log
    }
}

void Store::open(std::string_view now) {
    using Mode = Connection::Mode;
    connection_ =
        std::make_unique<Connection>(path_, access_ == Access::read ? Mode::read : Mode::create);
    if (access_ == Access::write && connection_->read_only()) {
        throw StoreError(Kind::unusable, path_ + ": can't be written: permission denied");
    }
    const std::int64_t version = connection_->integer("PRAGMA user_version");
    const std::int64_t newest = migrations().back().version;
    if (version > newest) {
        throw StoreError(Kind::newer, fmt::format("{}: written by a newer shaketable (format {}, "
                                                  "this one knows {}); left as it is",
                                                  path_, version, newest));
    }
    if (access_ == Access::read) {
        if (version < newest) {
            throw StoreError(Kind::older, fmt::format("{}: in the older format {}; any `shaketable "
                                                      "run --db {}` brings it up to date",
                                                      path_, version, path_));
        }
        return;
    }
    connection_->execute("PRAGMA foreign_keys = ON");
    // Steps are taken before the switch to a write-ahead log, so that the header in the file itself
    // says whose it is from the first moment on.
    if (version < newest) migrate(now);
    switch_to_write_ahead_log();
    statements_ = std::make_unique<Statements>(*connection_);
}

// Another program may be doing the same: the version counts that holds inside the transaction.
void Store::migrate(std::string_view now) {
    for (const Migration& step : migrations()) {
        Transaction transaction(*connection_);
        if (connection_->integer("PRAGMA user_version") >= step.version) continue;
        connection_->execute(std::string(step.sql));
        connection_->prepare("INSERT INTO schema_migration VALUES(?1,?2,?3,?4)")
            .run(step.version, step.name, digest_of(step), now);
        connection_->execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                                         kApplicationId, step.version));
        transaction.commit();
    }
    // A step that another program took may have left this connection with an old view of the
    // tables; running a statement, unlike preparing one, finds that out.
    connection_->execute("SELECT count(*) FROM sqlite_schema");
}

// Two programs that switch at once would wait for each other for ever, so one of them is refused;
// the mode is the file's, and either will do for a file that both write to.
void Store::switch_to_write_ahead_log() {
    try {
        connection_->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    } catch (const SqliteError& error) {
        if (error.code() != SQLITE_BUSY) throw;
    }
}

void Store::begin_campaign(const CampaignNote& note) {
    check(access_ == Access::write, "a database opened to read is not written to");
    try {
        connection_->prepare("INSERT INTO campaign(started_at, program, argv) VALUES(?1,?2,?3)")
            .run(note.started_at, note.program, note.argv);
        campaign_ = connection_->last_row_id();
    } catch (const SqliteError& error) {
        throw unusable(path_, error);
    }
}

Store::Added Store::add(const Scenario& scenario, const Result& result,
                        std::string_view model_version) {
    check(campaign_ != 0, "runs are added to a campaign");
    check(scenario.hash == result.scenario_hash, "a result is stored with its own scenario");
    try {
        Transaction transaction(*connection_);
        Statement& known = statements_->known.bind(result.run_key);
        if (known.step()) {
            const std::string before = known.text(0);
            known.bind(result.run_key);
            if (before == result.fingerprint) return Added::known;
            throw StoreError(
                Kind::nondeterminism,
                fmt::format("run {} (seed {}) came out differently: fingerprint {} in {}, {} now",
                            result.run_key, result.seed, before, path_, result.fingerprint));
        }
        add_run(scenario, result, model_version);
        add_measures(result);
        add_detection(result);
        add_alerts(result);
        add_verdicts(result);
        add_history(result);
        add_backups(result);
        add_services(result);
        transaction.commit();
    } catch (const SqliteError& error) {
        throw unusable(path_, error);
    }
    return Added::added;
}

void Store::add_run(const Scenario& scenario, const Result& r, std::string_view model_version) {
    statements_->scenario.run(scenario.hash, scenario.name, scenario.description, scenario.path,
                              scenario.resolved);
    statements_->run.run(r.run_key, campaign_, r.scenario_hash, r.seed, r.parameters_json,
                         model_version, r.fingerprint, word_of(r.verdict), r.costs,
                         r.virtual_time.ns, r.wall_ns, r.events, r.facts, r.elections, r.messages,
                         r.needless_elections, r.heartbeats, r.wan_bytes);
}

void Store::add_measures(const Result& r) {
    for (const RecoveryRow& row : r.recovery) {
        statements_->recovery.run(r.run_key, row.scope, row.fault, ns_of(row.rto),
                                  row.censored ? 1 : 0, ns_of(row.first_success),
                                  row.unavailable.ns, row.flaps, outages_text(row));
        for (std::size_t i = 0; i < row.phases.size(); ++i) {
            statements_->phase.run(r.run_key, row.scope, i, row.phases[i].name,
                                   row.phases[i].duration.ns);
        }
    }
    if (r.loss) {
        const LossRow& row = *r.loss;
        const auto of_sites = [&](auto value) {
            return r.sites.empty() ? std::nullopt : std::optional(value);
        };
        statements_->loss.run(r.run_key, row.fault, row.acknowledged_ops, row.lost_acked_ops,
                              row.lost_after_fault_ops, row.applied_unacked_ops, row.rpo_time.ns,
                              ns_of(row.recovery_point_age), row.lost_bytes,
                              of_sites(row.divergent_ops), of_sites(row.lag_ops),
                              of_sites(row.lag_time.ns));
    }
    for (std::size_t i = 0; i < r.sites.size(); ++i) {
        const SiteRow& row = r.sites[i];
        statements_->site.run(r.run_key, i, row.id, row.role, row.promotions, row.lag_ops_max,
                              row.lag_bytes_max, row.lag_time_max.ns, row.diverged_records,
                              row.discarded_records, row.reapplied_records,
                              row.refused_records);
    }
    if (r.routing) {
        statements_->routing.run(r.run_key, r.routing->clients, r.routing->p50.ns,
                                 r.routing->p99.ns, r.routing->max.ns);
    }
    for (std::size_t i = 0; i < r.doubts.size(); ++i) {
        statements_->doubt.run(r.run_key, i, r.doubts[i]);
    }
    for (std::size_t i = 0; i < r.workloads.size(); ++i) {
        const WorkloadRow& row = r.workloads[i];
        statements_->workload.run(r.run_key, i, row.id, row.issued, row.acknowledged, row.unknown,
                                  row.in_flight, row.attempts, ns_of(row.latency_p50),
                                  ns_of(row.latency_p95), ns_of(row.latency_p99),
                                  ns_of(row.latency_max));
    }
}

void Store::add_detection(const Result& r) {
    if (!r.detection) return;
    const DetectionRow& row = *r.detection;
    const SpellsRow& crashes = row.crashes;
    const SpellsRow& cuts = row.partitions;
    statements_->detection.run(
        r.run_key, row.detector, row.knobs_json, row.messages, row.mistakes, row.convictions,
        row.well.ns, row.mistake_rate, row.query_accuracy, ns_of(row.mistake_duration),
        ns_of(row.mistake_recurrence), ns_of(row.good_period), ns_of(row.trust_after_return),
        crashes.detected, crashes.missed, ns_of(crashes.mean), ns_of(crashes.p50),
        ns_of(crashes.p99), ns_of(crashes.longest), cuts.detected, cuts.missed, ns_of(cuts.mean),
        ns_of(cuts.p50), ns_of(cuts.p99), ns_of(cuts.longest));
}

void Store::add_alerts(const Result& r) {
    if (!r.alerting) return;
    statements_->alerting.run(r.run_key, r.alerting->pages, r.alerting->false_pages,
                              r.alerting->missed);
    for (std::size_t i = 0; i < r.alerting->alerts.size(); ++i) {
        const AlertRow& row = r.alerting->alerts[i];
        statements_->alert.run(r.run_key, i, row.alert, row.labels, row.severity,
                               row.pages ? 1 : 0, row.pending.ns, ns_of(row.firing),
                               ns_of(row.resolved), row.fault);
    }
    for (std::size_t i = 0; i < r.alerting->faults.size(); ++i) {
        const PagedRow& row = r.alerting->faults[i];
        statements_->page.run(r.run_key, i, row.fault, row.alert, ns_of(row.time_to_page));
    }
}

void Store::add_verdicts(const Result& r) {
    for (std::size_t i = 0; i < r.targets.size(); ++i) {
        const TargetRow& row = r.targets[i];
        statements_->target.run(r.run_key, i, row.id, row.objective, row.actual, row.actual_ns,
                                row.censored ? 1 : 0, word_of(row.verdict), row.detail);
    }
    for (std::size_t i = 0; i < r.checks.size(); ++i) {
        const CheckRow& row = r.checks[i];
        statements_->check.run(r.run_key, i, row.id, word_of(row.verdict), row.detail);
    }
    for (std::size_t i = 0; i < r.findings.size(); ++i) {
        const FindingRow& row = r.findings[i];
        statements_->finding.run(r.run_key, i, row.rule, row.at.ns, row.message);
    }
}

void Store::add_backups(const Result& r) {
    for (std::size_t i = 0; i < r.deploys.size(); ++i) {
        const DeployRow& row = r.deploys[i];
        statements_->deploy.run(r.run_key, i, row.id, row.inject, row.version, row.outcome,
                                row.nodes, row.reached, row.backed_out ? 1 : 0, row.started.ns,
                                ns_of(row.ended));
    }
    if (!r.archive) return;
    for (std::size_t i = 0; i < r.backups.size(); ++i) {
        const BackupRow& row = r.backups[i];
        statements_->backup.run(r.run_key, i, row.number, row.kind, row.index, row.started.ns,
                                ns_of(row.ended), row.state, row.bytes);
    }
    for (const RestoreRow& row : r.restores) {
        statements_->restore.run(r.run_key, row.number, row.drill ? 1 : 0, row.outcome, row.why,
                                 row.started.ns, ns_of(row.ended), steps_text(row), row.index,
                                 ns_of(row.recovery_point), row.bytes, row.replayed, row.lost_ops,
                                 row.lost_bytes, row.rpo_time.ns, ns_of(row.recovery_point_age),
                                 ns_of(row.in_place));
    }
    const ArchiveRow& row = *r.archive;
    statements_->archive.run(r.run_key, row.segments, row.bytes, row.expired, row.last_index,
                             row.backlog_max, row.verifications, row.bad, row.findings,
                             ns_of(row.first_bad));
}

void Store::add_history(const Result& r) {
    for (std::size_t i = 0; i < r.faults.size(); ++i) {
        const FaultRow& row = r.faults[i];
        statements_->fault.run(r.run_key, i, row.id, row.inject, row.target, ns_of(row.start),
                               ns_of(row.end), ns_of(row.observed), row.effect);
    }
    for (const CheckpointRow& row : r.checkpoints) {
        statements_->checkpoint.run(r.run_key, row.facts, row.at.ns,
                                    fmt::format("{:016x}", row.digest));
    }
    for (std::size_t i = 0; i < r.timeline.size(); ++i) {
        const TimelineRow& row = r.timeline[i];
        statements_->timeline.run(r.run_key, i, row.at.ns, row.kind, row.node, row.text);
    }
    std::size_t nodes = 0;
    for (auto row = r.roles.begin(); row != r.roles.end(); ++nodes) {
        const auto next = std::find_if(
            row, r.roles.end(), [&](const RoleRow& other) { return other.node != row->node; });
        statements_->role.run(r.run_key, nodes, row->node, spans_text({row, next}));
        row = next;
    }
    for (std::size_t i = 0; i < r.series.size(); ++i) {
        const SeriesRow& row = r.series[i];
        statements_->series.run(r.run_key, i, row.workload, row.part, row.buckets.start.ns,
                                row.buckets.end.ns, row.buckets.width.ns, buckets_text(row));
    }
}

void Store::add_services(const Result& r) {
    for (std::size_t i = 0; i < r.services.size(); ++i) {
        const ServiceRow& row = r.services[i];
        const OutcomeCounts& n = row.calls;
        statements_->service.run(r.run_key, i, row.id, n.ok, n.failed, n.timed_out, n.rejected,
                                 n.refused, n.cancelled, causes_text(n), ns_of(row.latency_p50),
                                 ns_of(row.latency_p99), row.stops, row.opened, row.goodput_before,
                                 row.goodput_after, row.goodput_end, row.metastable,
                                 ns_of(row.back));
    }
    for (std::size_t i = 0; i < r.clients.size(); ++i) {
        const ClientsRow& row = r.clients[i];
        const OutcomeCounts& n = row.requests;
        statements_->clients.run(r.run_key, i, row.id, row.service, row.criticality, n.ok, n.failed,
                                 n.timed_out, n.rejected, n.refused, n.cancelled, causes_text(n),
                                 row.attempts, ns_of(row.latency_p50), ns_of(row.latency_p95),
                                 ns_of(row.latency_p99), ns_of(row.latency_max));
    }
    for (std::size_t i = 0; i < r.breakers.size(); ++i) {
        const BreakerRow& row = r.breakers[i];
        statements_->breaker.run(r.run_key, i, row.edge, row.caller, spans_text(row));
    }
}

namespace {

constexpr std::string_view kSelectRun =
    "SELECT r.run_key, r.fingerprint, r.model_version, r.verdict, r.seed, s.name, s.path, "
    "s.resolved_yaml FROM run r JOIN scenario s USING(scenario_hash) ";

StoredRun stored_run(const Statement& row) {
    const std::string verdict = row.text(3);
    return {row.text(0),
            row.text(1),
            row.text(2),
            verdict == "pass"   ? Verdict::pass
            : verdict == "fail" ? Verdict::fail
                                : Verdict::inconclusive,
            static_cast<std::uint64_t>(row.integer(4)),
            row.text(5),
            row.text(6),
            row.text(7)};
}

}  // namespace

std::vector<StoredRun> Store::find(std::string_view run_key) {
    std::vector<StoredRun> runs;
    if (run_key.empty()) return runs;
    try {
        Statement query = connection_->prepare(std::string(kSelectRun) +
                                               "WHERE substr(run_key, 1, length(?1)) = ?1 LIMIT 2");
        for (query.bind(run_key); query.step();) runs.push_back(stored_run(query));
    } catch (const SqliteError& error) {
        throw unusable(path_, error);
    }
    return runs;
}

std::vector<CheckpointRow> Store::checkpoints(std::string_view run_key) {
    std::vector<CheckpointRow> rows;
    try {
        Statement query = connection_->prepare(
            "SELECT facts, at_ns, digest FROM checkpoint WHERE run_key = ?1 ORDER BY facts");
        for (query.bind(run_key); query.step();) {
            rows.push_back({static_cast<std::uint64_t>(query.integer(0)), Instant{query.integer(1)},
                            std::stoull(query.text(2), nullptr, 16)});
        }
    } catch (const SqliteError& error) {
        throw unusable(path_, error);
    }
    return rows;
}

std::vector<StoredRun> Store::latest(std::int64_t limit) {
    std::vector<StoredRun> runs;
    try {
        Statement query = connection_->prepare(
            std::string(kSelectRun) + "ORDER BY r.campaign_id DESC, s.name, r.seed LIMIT ?1");
        for (query.bind(limit); query.step();) runs.push_back(stored_run(query));
    } catch (const SqliteError& error) {
        throw unusable(path_, error);
    }
    return runs;
}

void Store::close() {
    if (connection_ == nullptr) return;
    statements_.reset();
    if (access_ == Access::write) finish();
    connection_.reset();
}

// While another program writes to the file too, the log stays: the last one to close folds it in.
void Store::finish() {
    try {
        connection_->execute("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)");
        connection_->execute("PRAGMA journal_mode = DELETE");
    } catch (const SqliteError& error) {
        if (error.code() != SQLITE_BUSY && error.code() != SQLITE_LOCKED) {
            throw unusable(path_, error);
        }
    }
}

}  // namespace shaketable
