// SPDX-License-Identifier: MIT
//
// What can be known about the sites of a replicated service: who is primary, how far the others
// lag, what operators did, where clients are sent.
//
// Runs of a cluster that is one group have none of these facts.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "core/base/id.hpp"
#include "core/replication/epoch.hpp"

namespace shaketable {

// A site, numbered from 0 in the order of the scenario.
using novacron::replication::SiteId;
using FaultId = novacron::Id<struct FaultTag>;

enum class SiteRole : std::uint8_t { standby, primary };
constexpr std::array<std::string_view, 2> kSiteRoleNames = {"standby", "primary"};

// Why a primary takes no writes.
enum class WriteStop : std::uint8_t { none, by_operator, restarted, switching, handed_over };
constexpr std::array<std::string_view, 5> kWriteStopNames = {"none", "operator", "restarted",
                                                             "switching", "handed-over"};

// What an operator, or an automaton in his place, does about sites.
enum class SiteStep : std::uint8_t {
    detect, decide, set_readonly, wait_sync, fence, promote, switch_over, update_dns, verify,
    resync, reconcile, rejoin
};
constexpr std::array<std::string_view, 12> kSiteStepNames = {
    "detect", "decide", "set-readonly", "wait-sync", "fence",
    "promote", "switch-over", "update-dns", "verify", "resync",
    "reconcile", "rejoin"};

// Unreachable: nobody answered. Refused: the site would not. Timed out: it did not get so far.
enum class StepOutcome : std::uint8_t { begun, done, skipped, unreachable, refused, timed_out };
constexpr std::array<std::string_view, 6> kStepOutcomeNames = {
    "begun", "done", "skipped", "unreachable", "refused", "timed-out"};

// What becomes of a write that a site had alone, when the site is made anew. Refused: somebody has
// written to its register at the primary since.
enum class WriteFate : std::uint8_t { discarded, reapplied, refused };
constexpr std::array<std::string_view, 3> kWriteFateNames = {"discarded", "reapplied", "refused"};

// What a group's leader has found out, or decided, about its site; `last` is the last record of its
// log. Each leader of the group says so again when it takes office.
struct SiteRoleChanged {
    SiteId site;
    SiteRole role;
    std::uint64_t epoch;  // the highest that the site has seen
    novacron::LogIndex last;
    static constexpr std::string_view name = "site-role-changed";
    static constexpr std::array<std::string_view, 4> fields = {"site", "role", "epoch", "last"};
    auto values() const { return std::tie(site, role, epoch, last); }
};
struct SiteReadOnly {
    SiteId site;
    WriteStop why;
    static constexpr std::string_view name = "site-read-only";
    static constexpr std::array<std::string_view, 2> fields = {"site", "why"};
    auto values() const { return std::tie(site, why); }
};
// How far a standby is behind, as its primary knows: looked at once a second while it is.
// `oldest` is when the oldest record was written that it has not reported durable.
struct SiteLagged {
    SiteId site;  // the standby
    std::uint64_t entries;
    std::uint64_t bytes;
    novacron::Instant oldest;
    static constexpr std::string_view name = "site-lagged";
    static constexpr std::array<std::string_view, 4> fields = {"site", "entries", "bytes",
                                                               "oldest"};
    auto values() const { return std::tie(site, entries, bytes, oldest); }
};
// The site holds records after `after` that its primary has not: so many.
struct SiteDiverged {
    SiteId site;
    novacron::LogIndex after;
    std::uint64_t records;
    static constexpr std::string_view name = "site-diverged";
    static constexpr std::array<std::string_view, 3> fields = {"site", "after", "records"};
    auto values() const { return std::tie(site, after, records); }
};
// The storage of the site refused what a primary of an earlier epoch sent.
struct StaleEpochRefused {
    SiteId site;
    SiteId from;
    static constexpr std::string_view name = "stale-epoch-refused";
    static constexpr std::array<std::string_view, 2> fields = {"site", "from"};
    auto values() const { return std::tie(site, from); }
};
// The site's nodes were made anew from the state of another, up to its record `through`;
// `discarded` records that the other had not are gone. The group's log goes on after `entry`, the
// other's last, and its state machine has the digest `state`.
struct SiteReseeded {
    SiteId site;
    SiteId source;
    novacron::LogIndex through;
    std::uint64_t discarded;
    std::uint64_t bytes;
    novacron::LogIndex entry;
    std::uint64_t state;
    static constexpr std::string_view name = "site-reseeded";
    static constexpr std::array<std::string_view, 7> fields = {
        "site", "source", "through", "discarded", "bytes", "entry", "state"};
    auto values() const {
        return std::tie(site, source, through, discarded, bytes, entry, state);
    }
};
// What an operator's reconciliation makes of one of the writes that the site had alone: `record` of
// its log of before, `value` for register `key`.
struct DivergentWrite {
    SiteId site;
    novacron::LogIndex record;
    std::uint64_t key;
    std::uint64_t value;
    WriteFate fate;
    static constexpr std::string_view name = "divergent-write";
    static constexpr std::array<std::string_view, 5> fields = {"site", "record", "key", "value",
                                                               "fate"};
    auto values() const { return std::tie(site, record, key, value, fate); }
};
// A step of a procedure begins, or has come to its end. `fault` is the operator's action in the
// schedule; none: an automaton acts. `count` is what the outcome counts: of a promotion or a wait
// the records that are known to be missing, of a reconciliation the writes that were made again.
struct FailoverStep {
    FaultId fault;
    SiteStep step;
    SiteId site;
    StepOutcome outcome;
    std::uint64_t count;
    static constexpr std::string_view name = "failover-step";
    static constexpr std::array<std::string_view, 5> fields = {"fault", "step", "site", "outcome",
                                                               "count"};
    auto values() const { return std::tie(fault, step, site, outcome, count); }
};
// Those who ask the name service are sent to this site from now on.
struct DnsChanged {
    SiteId site;
    static constexpr std::string_view name = "dns-changed";
    static constexpr std::array<std::string_view, 1> fields = {"site"};
    auto values() const { return std::tie(site); }
};
// A client of a workload goes to another site than before.
struct ClientRouted {
    std::uint32_t workload;
    std::uint32_t client;
    SiteId site;
    static constexpr std::string_view name = "client-routed";
    static constexpr std::array<std::string_view, 3> fields = {"workload", "client", "site"};
    auto values() const { return std::tie(workload, client, site); }
};
// Where sites are backed up: a group has committed what is the record `record` of its site's log:
// the client's command, or, with `sequence` 0, the beginning of an epoch. A number that was there
// before is another record's from then on, and what came after that one is gone.
struct SiteRecordCommitted {
    SiteId site;
    novacron::LogIndex record;
    std::uint64_t client;
    std::uint64_t sequence;
    std::uint64_t key;
    std::uint64_t value;
    static constexpr std::string_view name = "site-record-committed";
    static constexpr std::array<std::string_view, 6> fields = {"site", "record", "client",
                                                               "sequence", "key", "value"};
    auto values() const { return std::tie(site, record, client, sequence, key, value); }
};
// The archive goes on with the log of this site, on a timeline that leaves the one before, or one
// of its ancestors, after `record`.
struct TimelineBegun {
    novacron::Ordinal<struct TimelineNumberTag> timeline;  // from 1
    SiteId site;
    novacron::LogIndex record;
    static constexpr std::string_view name = "timeline-begun";
    static constexpr std::array<std::string_view, 3> fields = {"timeline", "site", "record"};
    auto values() const { return std::tie(timeline, site, record); }
};

}  // namespace shaketable
