// SPDX-License-Identifier: MIT
//
// Restores through the simulated store against the truth: every moment and every entry of a small
// archive, under every subset of losses.
#include <map>
#include <optional>
#include <vector>

#include "core/backup/plan.hpp"
#include "tests/backup/simulated.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using namespace shaketable::test;
using backup::AtIndex;
using backup::AtTime;
using backup::Kind;
using backup::ObjectId;

// A full backup every four minutes, an increment between, and segments of a minute.
BackupOptions small_policy() {
    BackupOptions options = quick();
    options.full_every = seconds(240);
    options.full_at = Duration{};
    options.incremental_every = seconds(120);
    options.window = hours(24);
    options.full_redundancy = Redundancy::regional;
    return options;
}

struct SmallArchive {
    SmallArchive() : sim(small_policy()) {
        sim.commit_every(seconds(30));
        sim.run_until(Instant{} + seconds(500));
        sim.commit_every(Duration{});
        sim.run_until(Instant{} + seconds(599));  // the last segment is closed and uploaded
        catalogue = sim.agent.catalogue();
        keys = sim.agent.keys();
        store.emplace(sim.store, Random(1));
        for (const auto& [id, entry] : catalogue.entries()) objects.push_back(id);
    }
    bool holds(std::uint64_t mask, ObjectId id) const {
        for (std::size_t i = 0; i < objects.size(); ++i) {
            if (objects[i] == id) return (mask >> i & 1U) == 0;
        }
        return false;
    }
    // Whether the log between two entries is there.
    bool replays(std::uint64_t mask, std::uint64_t after, std::uint64_t through) const {
        std::uint64_t at = after;
        for (const auto& [id, entry] : catalogue.entries()) {
            if (entry.head.kind != Kind::segment || !holds(mask, id)) continue;
            if (entry.head.first.value <= at + 1) at = std::max(at, entry.head.last.value);
        }
        return at >= through;
    }
    // The last entry at or before this one that can be restored, by trying everything.
    std::optional<std::uint64_t> best(std::uint64_t mask, std::uint64_t target) const {
        std::optional<std::uint64_t> found;
        for (const auto& [id, entry] : catalogue.entries()) {
            if (entry.head.kind == Kind::segment || entry.head.last.value > target) continue;
            bool whole = true;
            const auto chain = catalogue.usable_chain(id);
            for (const ObjectId part : *chain) {
                whole = whole && holds(mask, part);
            }
            if (!whole) continue;
            for (std::uint64_t i = entry.head.last.value; i <= target; ++i) {
                if (!replays(mask, entry.head.last.value, i)) break;
                found = std::max(found.value_or(0), i);
            }
        }
        return found;
    }

    Simulated sim;
    // As they are at the end of that: the service goes on while restores take their time.
    backup::Catalogue catalogue;
    std::map<ObjectId, ObjectKey> keys;
    std::optional<ObjectStore> store;
    std::vector<ObjectId> objects;
};

}  // namespace

TEST_CASE("restore job: every entry and every moment gives the state that was") {
    SmallArchive archive;
    Simulated& sim = archive.sim;
    const std::uint64_t last = sim.ledger.last<SegmentArchived>().last.value;
    REQUIRE(last == 16);
    for (std::uint64_t i = 0; i <= last; ++i) {
        const auto& outcome = sim.restore({AtIndex{LogIndex{i}, {}}, {}});
        REQUIRE(outcome.reached_target);
        CHECK(outcome.state == sim.states[i]);
    }
    const Instant now = sim.queue.now();
    const auto windows =
        backup::claimed_windows(sim.agent.catalogue(), backup::TimelineId{1}, now);
    REQUIRE(windows.size() == 1);
    for (int s = 0; s <= 590; ++s) {
        const Instant then = Instant{} + seconds(s);
        const auto& outcome = sim.restore({AtTime{then}, {}});
        const bool claimed = windows[0].from <= then && then < windows[0].until;
        REQUIRE(outcome.reached_target == claimed);
        if (claimed) CHECK(outcome.state == sim.states[sim.index_at(then)]);
    }
    CHECK(windows[0].until > Instant{} + seconds(480));
}

TEST_CASE("restore job: under every subset of losses it gives the best state that is left") {
    SmallArchive archive;
    Simulated& sim = archive.sim;
    const std::size_t count = archive.objects.size();
    INFO(count);
    REQUIRE(count >= 12);
    REQUIRE(count <= 14);
    RestoreRates at_once;
    at_once.locate = milliseconds(1);
    at_once.provision = Constant{milliseconds(1)};
    std::uint64_t reached = 0;
    std::uint64_t short_of = 0;
    for (std::uint64_t mask = 0; mask < std::uint64_t{1} << count; ++mask) {
        ObjectStore store(*archive.store, Random(mask));
        for (std::size_t i = 0; i < count; ++i) {
            if ((mask >> i & 1U) != 0) {
                store.lose(FaultId{0}, archive.keys.at(archive.objects[i]));
            }
        }
        const std::uint64_t target = 1 + mask % 16;
        RestoreJob job(RestoreNumber{1},
                       {{AtIndex{LogIndex{target}, {}}, {}}, backup::Fallback::nearest, false},
                       {sim.queue, sim.record, store, archive.catalogue, archive.keys, at_once});
        job.start();
        while (!job.is_done()) sim.queue.do_next();
        const backup::Outcome& outcome = job.outcome();
        const auto best = archive.best(mask, target);
        INFO(mask << " lost, entry " << target << " wanted");
        REQUIRE(outcome.restored == best.has_value());
        if (!best) continue;
        REQUIRE(outcome.position.index.value == *best);
        REQUIRE(outcome.state == sim.states[*best]);
        REQUIRE(outcome.reached_target == (*best == target));
        reached += outcome.reached_target ? 1 : 0;
        short_of += outcome.reached_target ? 0 : 1;
    }
    CHECK(reached > 1000);
    CHECK(short_of > 1000);
}

TEST_CASE("restore job: a corrupt chain falls back to an older one and more log") {
    SmallArchive archive;
    Simulated& sim = archive.sim;
    const ObjectId newest = sim.newest(Kind::full);
    Random bit(3);
    REQUIRE(sim.store.rot(FaultId{5}, sim.agent.key_of(newest), bit));
    const auto& outcome = sim.restore({AtIndex{LogIndex{16}, {}}, {}});
    CHECK(outcome.reached_target);
    CHECK(outcome.state == sim.states[16]);
    CHECK(outcome.bad == std::vector<ObjectId>{newest});
    CHECK(outcome.records_replayed > 0);
    bool fell_back = false;
    for (const auto& [at, step] : sim.ledger.all<RestoreStepped>()) {
        fell_back = fell_back || (step.step == RestoreStep::load &&
                                  step.outcome == RestoreStepOutcome::fell_back);
    }
    CHECK(fell_back);
    CHECK(sim.ledger.last<FaultObserved>().effect == FaultEffect::damage_found);
}

TEST_CASE("restore job: a copy in the other region saves from a bad one") {
    BackupOptions options = small_policy();
    options.full_redundancy = Redundancy::geo;
    Simulated sim(options);
    sim.commit_every(seconds(30));
    sim.run_until(Instant{} + seconds(400));
    Random bit(3);
    const ObjectId newest = sim.newest(Kind::full);
    REQUIRE(sim.store.rot(FaultId{5}, sim.agent.key_of(newest), bit));
    const auto& outcome = sim.restore({backup::OfBackup{newest}, {}});
    CHECK(outcome.reached_target);
    CHECK(outcome.bad.empty());
    // What is not copied is out of reach while the home region is; what is copied is not.
    sim.store.begin_region_loss(FaultId{6});
    sim.store.begin_slow(FaultId{7}, 1.5);
    RestoreJob job(RestoreNumber{9}, {{backup::OfBackup{newest}, {}}, backup::Fallback::refuse},
                   {sim.queue, sim.record, sim.store, sim.agent.catalogue(), sim.agent.keys(), {}});
    job.start();
    sim.run_for(seconds(3600));
    CHECK_FALSE(job.is_done());  // not even the list answers
    sim.store.end(FaultId{6});
    sim.run_for(seconds(3600));
    CHECK(job.is_done());
}

TEST_CASE("restore job: its steps take what they should, and sum to the whole") {
    BackupOptions options = small_policy();
    options.store.bytes_per_second = 100;
    options.restore.replay_bytes_per_second = 50;
    options.restore.verify_bytes_per_second = 200;
    Simulated sim(options);
    sim.commit_every(seconds(30));
    sim.run_until(Instant{} + seconds(500));
    sim.commit_every(Duration{});
    sim.run_until(Instant{} + seconds(590));
    const Instant begun = sim.queue.now();
    const auto& outcome = sim.restore({AtIndex{LogIndex{11}, {}}, {}});
    REQUIRE(outcome.reached_target);
    std::vector<Duration> times;
    Instant before = begun;
    for (const auto& [at, step] : sim.ledger.all<RestoreStepped>()) {
        times.push_back(at - before);
        before = at;
    }
    REQUIRE(times.size() == 5);
    const auto done = sim.ledger.all<RestoreDone>().back();
    CHECK(done.first == before);
    CHECK(done.second.outcome == RestoreOutcome::reached);
    CHECK(times[0] == seconds(1) + milliseconds(10));
    CHECK(times[1] == seconds(2));
    const auto plan = backup::plan_recovery(sim.agent.catalogue(), {AtIndex{LogIndex{11}, {}}, {}},
                                            begun);
    const auto& best = std::get<backup::Plan>(plan);
    // A latency each, the bytes over the line; the log over its rate besides.
    CHECK(times[2] == milliseconds(10) * static_cast<std::int64_t>(best.chain.size()) +
                          milliseconds(10) * static_cast<std::int64_t>(best.backup_bytes));
    CHECK(times[3] == milliseconds(10) * static_cast<std::int64_t>(best.replays.size()) +
                          milliseconds(30) * static_cast<std::int64_t>(best.replay_bytes));
    CHECK(times[4] ==
          milliseconds(5) * static_cast<std::int64_t>(best.backup_bytes + best.replay_bytes));
}
