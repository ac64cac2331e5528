// SPDX-License-Identifier: MIT
//
// What a run looks like to a monitoring system: the metrics of metric_table.hpp, as of a scrape.
//
// What a node says of itself can be had only from a node that answers; its counters begin at 0 with
// each life of its process. Clients and the operators' console are always within reach. Counts are
// folded from facts; what a node is at the instant, it is asked.
//
// Only what some rule asks for is kept and sampled.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/alert/metric_table.hpp"
#include "sim/alert/series_store.hpp"
#include "sim/measure/service_calls.hpp"
#include "sim/record/record.hpp"

namespace shaketable {

// What a node says when it is scraped.
struct NodeLook {
    bool answers = false;
    bool has_leader = false;
    bool leads = false;
    Term term{};
    LogIndex commit;
    std::vector<std::pair<NodeId, double>> phi = {};  // of its peers, if it goes by phi
};
using LookAtNode = std::function<NodeLook(NodeId)>;

struct MetricsOptions {
    struct Node {
        std::string name, site, zone;
    };
    struct Load {
        std::string id;
        OperationKind kind;
    };
    std::vector<Node> nodes;
    std::vector<Load> workloads;
    std::vector<std::string> sites;       // by number; none unless one is shipped to the others
    SiteId primary{0};                    // at first
    const ServiceGraph* graph = nullptr;  // not null, and outlives this
    bool watches = false;                 // nodes watch one another
    bool backup = false;
    std::int64_t epoch_unix_seconds = 0;
    std::vector<std::string> wanted;      // metrics, by the names that expressions have
};

class Metrics final
    : public ListensTo<NodeStarted, RoleChanged, EntryAppended, LogTruncated, CommitAdvanced,
                       OperationEnded, SiteRoleChanged, SiteLagged, BackupCompleted, BackupFailed,
                       ArchiveBacklog, VerifyDone, RequestEnded, InstanceStarted, InstanceStopped,
                       BreakerChanged, PeerSuspected, PeerTrusted, PeerFailed> {
public:
    // Listens to the record and adds to the store; both outlive it.
    Metrics(MetricsOptions options, Record& record, SeriesStore& store);

    void scrape(Instant now, const LookAtNode& look);

private:
    using Place = std::optional<std::size_t>;  // of a series in the store; nothing: nobody asks
    struct Tally {
        std::array<std::uint64_t, 14> buckets{};  // the last is above all bounds
        std::int64_t sum_ns = 0;

        void add(Duration sample);
    };
    struct Histogram {
        std::vector<Place> buckets;
        Place sum, count;
        Tally tally;
    };
    struct Node {
        Place up, term, has_leader, leads, commit, changes;
        Histogram commits;
        std::vector<Place> phi, suspected;  // by peer
        std::vector<std::size_t> all;       // but up
        std::uint64_t times_leader = 0;
        bool is_leader = false;
        std::vector<double> suspicion;  // 0, 1, 2, by peer
        std::deque<std::pair<LogIndex, Instant>> uncommitted;
    };
    struct Load {
        std::array<Place, kOutcomeNames.size()> ended;
        std::array<std::uint64_t, kOutcomeNames.size()> counts{};
        Histogram durations;
    };
    struct Site {
        Place primary, lag_seconds, lag_records;
        std::uint64_t records = 0;
        Instant oldest;
    };
    struct Clients {
        std::array<Place, kCallOutcomeNames.size()> ended;
        std::array<std::uint64_t, kCallOutcomeNames.size()> counts{};
        Histogram durations;
    };
    struct Edge {
        Place state;
        std::vector<std::pair<InstanceId, BreakerState>> breakers;
    };
    struct Instance {
        Place up;
        bool serves = false;
    };

    void on(Instant at, const NodeStarted& fact) override;
    void on(Instant at, const RoleChanged& fact) override;
    void on(Instant at, const EntryAppended& fact) override;
    void on(Instant at, const LogTruncated& fact) override;
    void on(Instant at, const CommitAdvanced& fact) override;
    void on(Instant at, const OperationEnded& fact) override;
    void on(Instant at, const SiteRoleChanged& fact) override;
    void on(Instant at, const SiteLagged& fact) override;
    void on(Instant at, const BackupCompleted& fact) override;
    void on(Instant at, const BackupFailed& fact) override;
    void on(Instant at, const ArchiveBacklog& fact) override;
    void on(Instant at, const VerifyDone& fact) override;
    void on(Instant at, const RequestEnded& fact) override;
    void on(Instant at, const InstanceStarted& fact) override;
    void on(Instant at, const InstanceStopped& fact) override;
    void on(Instant at, const BreakerChanged& fact) override;
    void on(Instant at, const PeerSuspected& fact) override;
    void on(Instant at, const PeerTrusted& fact) override;
    void on(Instant at, const PeerFailed& fact) override;

    void begin_nodes();
    void begin_clients();
    void begin_sites();
    void begin_backups();
    void begin_services();
    Place series(const std::string& metric, std::vector<Label> labels);
    Histogram histogram(const std::string& metric, const std::vector<Label>& labels);
    void put(Instant now, Place series, double value);
    void put(Instant now, const Histogram& histogram);
    void scrape(Instant now, NodeId id, const NodeLook& look);
    void scrape_sites(Instant now, const std::vector<bool>& answers);
    void scrape_backups(Instant now);
    void scrape_services(Instant now);
    void suspect(NodeId node, NodeId peer, double how);

    MetricsOptions options_;
    SeriesStore& store_;
    std::vector<Node> nodes_;
    std::vector<Load> loads_;
    std::vector<Site> sites_;
    SiteId primary_;
    std::uint64_t epoch_ = 0;
    std::array<Place, 2> last_success_, failures_;  // by kind: full, incremental
    std::array<std::optional<Instant>, 2> succeeded_;
    std::array<std::uint64_t, 2> failed_{};
    Place bad_objects_, backlog_;
    std::optional<std::uint64_t> bad_;
    std::uint64_t backlog_bytes_ = 0;
    ServiceNumbers numbers_;
    std::vector<Clients> clients_;
    std::vector<Edge> edges_;
    std::vector<Instance> instances_;
    bool times_commits_ = false;
};

}  // namespace shaketable
