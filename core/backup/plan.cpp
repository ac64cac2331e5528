// SPDX-License-Identifier: MIT
#include "core/backup/plan.hpp"

#include <algorithm>
#include <utility>

#include "core/base/overloaded.hpp"
#include "core/base/wide.hpp"

namespace novacron::backup {
namespace {

// From one backup along the path of a timeline, segment by segment, as far as they follow on.
class Walk {
public:
    Walk(const Catalogue& catalogue, const std::vector<Stretch>& path, const Entry& backup)
        : catalogue_(&catalogue), path_(&path), index_(backup.head.last),
          complete_before_(backup.head.through) {
        while (path[stretch_].timeline != backup.head.timeline) ++stretch_;
        complete_before_ = std::min(complete_before_, path[stretch_].left);
        settle();
    }

    // Takes a segment that leads on from here, up to `limit`. Answers false if there is none.
    bool step(LogIndex limit) {
        if (index_ >= limit) return false;
        const Stretch& stretch = (*path_)[stretch_];
        const auto& segments = catalogue_->segments();
        auto each = segments.upper_bound({stretch.timeline, index_});
        for (; each != segments.end() && each->first.first == stretch.timeline; ++each) {
            const Entry& entry = *catalogue_->find(each->second);
            if (entry.condition != Condition::complete || entry.head.first > index_ + 1) continue;
            const LogIndex through = std::min({entry.head.last, stretch.through, limit});
            replays_.push_back({entry.id, index_, through});
            replay_bytes_ += entry.size;
            index_ = through;
            settle();
            return true;
        }
        return false;
    }

    Position position() const { return {(*path_)[stretch_].timeline, index_}; }
    LogIndex index() const { return index_; }
    Instant complete_before() const { return complete_before_; }
    const std::vector<Replay>& replays() const { return replays_; }
    std::uint64_t replay_bytes() const { return replay_bytes_; }

    // Whether the archive has a record of this path after here.
    bool is_followed_by_more() const {
        for (const auto& [id, entry] : catalogue_->entries()) {
            const Head& head = entry.head;
            if (head.kind != Kind::segment || entry.condition == Condition::running) continue;
            for (std::size_t i = stretch_; i < path_->size(); ++i) {
                const Stretch& stretch = (*path_)[i];
                const LogIndex first = std::max(head.first, stretch.after + 1);
                const LogIndex last = std::min(head.last, stretch.through);
                if (head.timeline == stretch.timeline && first <= last && last > index_) {
                    return true;
                }
            }
        }
        return false;
    }

private:
    // Up to when the log is complete with the records up to here: a segment that ends here says it,
    // even if its bytes are lost (one that is cut off here does not), and at a fork the beginning
    // of the next timeline. What was said after that moment was said of the abandoned one.
    void settle() {
        for (;;) {
            const Stretch& stretch = (*path_)[stretch_];
            const auto ends_here = catalogue_->segments().equal_range({stretch.timeline, index_});
            for (auto each = ends_here.first; each != ends_here.second; ++each) {
                const Entry& entry = *catalogue_->find(each->second);
                const Instant through = std::min(entry.head.through, stretch.left);
                complete_before_ = std::max(complete_before_, through);
            }
            if (index_ != stretch.through) return;
            complete_before_ = std::max(complete_before_, stretch.left);
            ++stretch_;
        }
    }

    const Catalogue* catalogue_;
    const std::vector<Stretch>* path_;
    std::size_t stretch_ = 0;
    LogIndex index_;
    Instant complete_before_;
    std::vector<Replay> replays_;
    std::uint64_t replay_bytes_ = 0;
};

class Planner {
public:
    Planner(const Catalogue& catalogue, TimelineId follow, Instant now)
        : catalogue_(catalogue), follow_(follow), now_(now),
          path_(catalogue.timelines().path(follow)), backups_(catalogue.usable_backups(follow)) {}

    Planned latest() const {
        if (backups_.empty()) return Unreachable{Unreachable::Why::no_backup, std::nullopt};
        const Entry* best = nullptr;
        LogIndex best_reach;
        for (const Entry* backup : backups_) {
            const LogIndex reach = walk_to(*backup, kOpenEnd).index();
            if (best == nullptr || reach > best_reach) {
                best = backup;
                best_reach = reach;
            }
        }
        return plan_of(*best, walk_to(*best, kOpenEnd));
    }

    Planned at_index(LogIndex index) const {
        std::optional<Walk> best;
        for (const Entry* backup : backups_) {
            if (backup->head.last > index) continue;
            Walk walk = walk_to(*backup, index);
            if (walk.index() == index) return plan_of(*backup, walk);
            if (!best || walk.index() > best->index()) best = std::move(walk);
        }
        return short_of(best);
    }

    Planned at_time(const AtTime& target) const {
        if (target.time > now_) {
            Planned end = latest();
            const Plan* plan = std::get_if<Plan>(&end);
            return Unreachable{Unreachable::Why::in_the_future,
                               plan ? std::optional(plan->reaches) : std::nullopt};
        }
        std::optional<Walk> best;
        for (const Entry* backup : backups_) {
            if (!is_before(*backup, target)) continue;
            Walk walk(catalogue_, path_, *backup);
            while (!covers(walk, target) && walk.step(kOpenEnd)) {
            }
            if (covers(walk, target)) {
                Plan plan = plan_of(*backup, walk);
                plan.until = target;
                plan.stops_at_gap = false;
                return plan;
            }
            if (!best || walk.index() > best->index()) best = std::move(walk);
        }
        return short_of(best);
    }

private:
    // The state of the backup holds nothing that is after the target.
    static bool is_before(const Entry& backup, const AtTime& target) {
        return target.bound == AtTime::Bound::inclusive ? backup.head.from <= target.time
                                                        : backup.head.from < target.time;
    }
    static bool covers(const Walk& walk, const AtTime& target) {
        return target.bound == AtTime::Bound::inclusive ? target.time < walk.complete_before()
                                                        : target.time <= walk.complete_before();
    }

    Walk walk_to(const Entry& backup, LogIndex limit) const {
        Walk walk(catalogue_, path_, backup);
        while (walk.step(limit)) {
        }
        return walk;
    }

    Plan plan_of(const Entry& backup, const Walk& walk) const {
        Plan plan;
        plan.timeline = follow_;
        plan.chain = *catalogue_.usable_chain(backup.id);
        for (const ObjectId id : plan.chain) plan.backup_bytes += catalogue_.find(id)->size;
        plan.replays = walk.replays();
        plan.replay_bytes = walk.replay_bytes();
        plan.reaches = walk.position();
        plan.stops_at_gap = walk.is_followed_by_more();
        return plan;
    }

    Unreachable short_of(const std::optional<Walk>& best) const {
        if (!best) {
            return {backups_.empty() ? Unreachable::Why::no_backup : Unreachable::Why::before_first,
                    std::nullopt};
        }
        return {best->is_followed_by_more() ? Unreachable::Why::gap
                                            : Unreachable::Why::not_archived,
                best->position()};
    }

    const Catalogue& catalogue_;
    TimelineId follow_;
    Instant now_;
    std::vector<Stretch> path_;
    std::vector<const Entry*> backups_;  // newest first
};

Planned plan_of_backup(const Catalogue& catalogue, ObjectId id) {
    const Entry* backup = catalogue.find(id);
    if (backup == nullptr || !backup->is_backup()) {
        return Unreachable{Unreachable::Why::unknown_backup, std::nullopt};
    }
    const auto chain = catalogue.usable_chain(id);
    if (!chain) return Unreachable{Unreachable::Why::broken_backup, std::nullopt};
    Plan plan;
    plan.timeline = backup->head.timeline;
    plan.chain = *chain;
    for (const ObjectId each : *chain) plan.backup_bytes += catalogue.find(each)->size;
    plan.reaches = backup->position();
    return plan;
}

Duration time_for(std::uint64_t bytes, std::uint64_t per_second) {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    const UnsignedWide work = static_cast<UnsignedWide>(bytes) * kSecond;
    return {static_cast<std::int64_t>((work + per_second - 1) / per_second)};
}

}  // namespace

std::string text_of(Unreachable::Why why) {
    using Why = Unreachable::Why;
    switch (why) {
        case Why::unknown_name: return "no restore point has this name";
        case Why::unknown_timeline: return "there is no such timeline";
        case Why::unknown_backup: return "there is no such backup";
        case Why::broken_backup: return "the backup, or one that it rests on, is not whole";
        case Why::no_backup: return "there is no usable backup";
        case Why::before_first: return "the oldest usable backup was taken later";
        case Why::gap: return "a part of the log is missing before the target";
        case Why::not_archived: return "the archived log ends before the target";
        case Why::in_the_future: return "the target is in the future";
        case Why::abandoned_timeline: return "the target is on an abandoned timeline";
    }
    return {};
}

Planned plan_recovery(const Catalogue& catalogue, const Target& target, Instant now) {
    const Timelines& timelines = catalogue.timelines();
    const TimelineId follow = target.follow.value == 0 ? timelines.current() : target.follow;
    if (!timelines.exists(follow)) {
        return Unreachable{Unreachable::Why::unknown_timeline, std::nullopt};
    }
    const Planner planner(catalogue, follow, now);
    const auto at_position = [&](Position position) -> Planned {
        if (!timelines.is_on_path(follow, position)) {
            return Unreachable{Unreachable::Why::abandoned_timeline, std::nullopt};
        }
        return planner.at_index(position.index);
    };
    return std::visit(
        Overloaded{
            [&](const Latest&) { return planner.latest(); },
            [&](const AtTime& at) { return planner.at_time(at); },
            [&](const AtIndex& at) -> Planned {
                if (at.timeline.value == 0) return planner.at_index(at.index);
                if (!timelines.exists(at.timeline)) {
                    return Unreachable{Unreachable::Why::unknown_timeline, std::nullopt};
                }
                return at_position({at.timeline, at.index});
            },
            [&](const AtName& at) -> Planned {
                const auto position = catalogue.named(at.name);
                if (!position) return Unreachable{Unreachable::Why::unknown_name, std::nullopt};
                return at_position(*position);
            },
            [&](const OfBackup& of) { return plan_of_backup(catalogue, of.backup); },
        },
        target.what);
}

std::vector<Window> claimed_windows(const Catalogue& catalogue, TimelineId timeline, Instant now) {
    const std::vector<Stretch> path = catalogue.timelines().path(timeline);
    const Instant end = now + Duration{1};
    std::vector<Window> windows;
    // The oldest first: one that a walk passes by goes as far as that, and need not be walked.
    auto backups = catalogue.usable_backups(timeline);
    std::reverse(backups.begin(), backups.end());
    std::optional<Walk> walk;
    for (const Entry* backup : backups) {
        if (!walk || backup->head.last >= walk->index()) {
            walk.emplace(catalogue, path, *backup);
            while (walk->step(kOpenEnd)) {
            }
        }
        const Window window{backup->head.from, std::min(walk->complete_before(), end)};
        if (window.from < window.until) windows.push_back(window);
    }
    std::sort(windows.begin(), windows.end(),
              [](const Window& a, const Window& b) { return a.from < b.from; });
    std::vector<Window> merged;
    for (const Window& window : windows) {
        if (!merged.empty() && window.from <= merged.back().until) {
            merged.back().until = std::max(merged.back().until, window.until);
        } else {
            merged.push_back(window);
        }
    }
    return merged;
}

Duration restore_time(const Plan& plan, const Rates& rates) {
    const std::uint64_t all = plan.backup_bytes + plan.replay_bytes;
    return rates.locate + rates.provision + time_for(all, rates.bytes_per_second) +
           time_for(plan.replay_bytes, rates.replay_bytes_per_second) +
           time_for(all, rates.verify_bytes_per_second);
}

}  // namespace novacron::backup
