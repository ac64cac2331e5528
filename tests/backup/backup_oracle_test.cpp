// SPDX-License-Identifier: MIT
//
// Recovery to a point in time, exhaustively over small models: two timelines that fork at every
// place, an archive cut at every place, and every subset of its objects lost or damaged. What can
// be recovered is worked out here by brute force, record by record, and compared at every moment.
#include <optional>
#include <variant>
#include <vector>

#include "tests/backup/model.hpp"
#include "tests/catch.hpp"

namespace {

using namespace novacron;
using namespace novacron::backup;
using namespace novacron::backup::testing;

constexpr std::int64_t kEnd = 12;  // seconds; everything has happened by then

struct Small {
    Model model;
    std::vector<ObjectId> objects;
    TimelineId second;
    Position fork;
    Instant forked;
};

// Timeline 1: five records, two of them at one moment; it is left after record `fork`. Timeline 2:
// three more. Backups of both, one of what is abandoned; segments cut after record `cut`.
Small make_small(std::uint64_t fork, std::uint64_t cut) {
    Small small;
    Model& model = small.model;
    for (const std::int64_t second : {1, 2, 2, 3, 5}) model.commit(kFirst, at(second));
    auto& objects = small.objects;
    objects.push_back(model.full({kFirst, LogIndex{1}}, at(1)));
    objects.push_back(model.incremental(objects[0], {kFirst, LogIndex{3}}, at(2)));
    objects.push_back(model.full({kFirst, LogIndex{4}}, at(4)));
    const std::int64_t next_at = std::vector<std::int64_t>{1, 2, 2, 3, 5, 7}[cut];
    objects.push_back(model.segment(kFirst, 1, cut, at(next_at)));
    objects.push_back(model.segment(kFirst, cut + 1, 5, at(7)));

    small.fork = {kFirst, LogIndex{fork}};
    small.forked = at(6);
    small.second = model.fork(small.fork, small.forked);
    for (const std::int64_t second : {6, 8, 9}) model.commit(small.second, at(second));
    const ObjectId base = fork >= 3 ? objects[1] : objects[0];
    objects.push_back(model.incremental(base, {small.second, LogIndex{fork + 1}}, at(7)));
    objects.push_back(model.segment(small.second, fork + 1, fork + 2, at(9)));
    objects.push_back(model.segment(small.second, fork + 3, fork + 3, at(11)));
    return small;
}

// What can be done with the objects that are left, by trying every backup and every length of log.
class Oracle {
public:
    Oracle(const Small& small, TimelineId timeline, std::uint32_t lost)
        : small_(small), timeline_(timeline), lost_(lost), log_(small.model.log_of(timeline)) {}

    bool can_reach(LogIndex index) const {
        bool can = false;
        for_each_start([&](const Entry& backup) {
            can = can || (backup.head.last <= index && has_records(backup.head.last, index));
        });
        return can;
    }
    bool can_reach(Instant time) const {
        bool can = false;
        for_each_start([&](const Entry& backup) {
            if (backup.head.from > time) return;
            for (LogIndex end = backup.head.last; end.value <= log_.size(); ++end) {
                if (!has_records(backup.head.last, end)) break;
                can = can || is_known_complete(backup, end, time);
            }
        });
        return can;
    }

private:
    bool is_left(std::size_t place) const { return (lost_ >> place & 1U) == 0; }
    const Entry& entry(std::size_t place) const {
        return *small_.model.catalogue.find(small_.objects[place]);
    }
    TimelineId timeline_of(LogIndex index) const { return log_[index.value - 1].first; }

    template <class Visit>
    void for_each_start(Visit visit) const {
        for (std::size_t i = 0; i < small_.objects.size(); ++i) {
            if (!entry(i).is_backup()) continue;
            bool whole = true;
            for (const Entry* each = &entry(i); each != nullptr;
                 each = small_.model.catalogue.find(each->base)) {
                for (std::size_t j = 0; j < small_.objects.size(); ++j) {
                    if (small_.objects[j] == each->id && !is_left(j)) whole = false;
                }
            }
            const Head& head = entry(i).head;
            const bool is_ours = head.last.value <= log_.size() &&
                                 (timeline_of(head.last) == head.timeline);
            if (whole && is_ours) visit(entry(i));
        }
    }
    bool has_records(LogIndex after, LogIndex through) const {
        for (LogIndex i = after + 1; i <= through; ++i) {
            bool has = false;
            for (std::size_t j = 0; j < small_.objects.size(); ++j) {
                const Head& head = entry(j).head;
                has = has || (is_left(j) && head.kind == Kind::segment &&
                              head.timeline == timeline_of(i) && head.first <= i && i <= head.last);
            }
            if (!has) return false;
        }
        return true;
    }
    // Whether it is known that all records up to `time` are those up to `end`. The catalogue's word
    // on that holds for a segment whose bytes are lost, too.
    bool is_known_complete(const Entry& backup, LogIndex end, Instant time) const {
        const bool is_second = timeline_ == small_.second;
        const auto on_time = [&](TimelineId of) {
            return !is_second || of == small_.second || time < small_.forked;
        };
        if (end == backup.head.last && time < backup.head.through &&
            on_time(backup.head.timeline)) {
            return true;
        }
        if (is_second && end == small_.fork.index && time < small_.forked) {
            return true;
        }
        for (std::size_t j = 0; j < small_.objects.size(); ++j) {
            const Head& head = entry(j).head;
            if (head.kind == Kind::segment && head.last == end &&
                head.timeline == timeline_of(end) && time < head.through &&
                on_time(head.timeline)) {
                return true;
            }
        }
        return false;
    }

    const Small& small_;
    TimelineId timeline_;
    std::uint32_t lost_;
    std::vector<std::pair<TimelineId, Archived>> log_;
};

bool contains(const std::vector<Window>& windows, Instant time) {
    for (const Window& window : windows) {
        if (window.from <= time && time < window.until) return true;
    }
    return false;
}

template <class Visit>
void for_each_model(Visit visit) {
    for (std::uint64_t fork = 1; fork <= 5; ++fork) {
        for (std::uint64_t cut = 1; cut <= 4; ++cut) {
            const Small small = make_small(fork, cut);
            for (std::uint32_t lost = 0; lost < (1U << small.objects.size()); ++lost) {
                INFO("fork " << fork << " cut " << cut << " lost " << lost);
                visit(small, lost);
            }
        }
    }
}

TEST_CASE("backup oracle: every moment claimed is restored exactly, and no other can be") {
    std::uint64_t restored = 0;
    std::uint64_t refused = 0;
    for_each_model([&](Small small, std::uint32_t lost) {
        Model& model = small.model;
        for (std::size_t i = 0; i < small.objects.size(); ++i) {
            if ((lost >> i & 1U) == 0) continue;
            model.catalogue.set_condition(small.objects[i], Condition::missing);
        }
        for (const TimelineId timeline : {kFirst, small.second}) {
            const Oracle oracle(small, timeline, lost);
            const auto windows = claimed_windows(model.catalogue, timeline, at(kEnd));
            for (std::int64_t half = 0; half <= 2 * kEnd; ++half) {
                const AtTime time{Instant{} + milliseconds(500 * half)};
                const bool can = oracle.can_reach(time.time);
                REQUIRE(contains(windows, time.time) == can);
                const Outcome outcome =
                    model.restore({time, timeline}, Fallback::refuse, at(kEnd));
                REQUIRE(outcome.restored == can);
                REQUIRE(outcome.why.has_value() == !can);
                (can ? restored : refused) += 1;
                if (!can) continue;
                REQUIRE(outcome.reached_target);
                REQUIRE(outcome.bad.empty());
                REQUIRE(outcome.state == model.state_at(timeline, time));
            }
        }
    });
    CHECK(restored > 10'000);
    CHECK(refused > 10'000);
}

TEST_CASE("backup oracle: every record that can be reached is, on its own timeline's log") {
    std::uint64_t restored = 0;
    for_each_model([&](Small small, std::uint32_t lost) {
        Model& model = small.model;
        for (std::size_t i = 0; i < small.objects.size(); ++i) {
            if ((lost >> i & 1U) != 0) {
                model.catalogue.set_condition(small.objects[i], Condition::missing);
            }
        }
        for (const TimelineId timeline : {kFirst, small.second}) {
            const Oracle oracle(small, timeline, lost);
            for (std::uint64_t i = 1; i <= model.last(timeline).value; ++i) {
                const Outcome outcome = model.restore({AtIndex{LogIndex{i}, {}}, timeline},
                                                      Fallback::refuse, at(kEnd));
                REQUIRE(outcome.restored == oracle.can_reach(LogIndex{i}));
                if (!outcome.restored) continue;
                ++restored;
                REQUIRE(outcome.position.index == LogIndex{i});
                REQUIRE(outcome.state == model.state({timeline, LogIndex{i}}));
            }
        }
    });
    CHECK(restored > 10'000);
}

// The catalogue believes that all is well, and the bytes are bad: it is found out on the way.
TEST_CASE("backup oracle: damage that nobody knew of never shows in what is restored") {
    std::uint64_t fell_back = 0;
    for_each_model([&](Small small, std::uint32_t bad) {
        Model& model = small.model;
        for (std::size_t i = 0; i < small.objects.size(); ++i) {
            if ((bad >> i & 1U) != 0) model.damage(small.objects[i], 7 * i + 13 * bad);
        }
        const Oracle oracle(small, small.second, bad);
        for (std::int64_t second = 0; second < kEnd; second += 2) {
            const AtTime time{at(second)};
            const Outcome outcome = model.restore({time, {}}, Fallback::refuse, at(kEnd));
            REQUIRE(outcome.restored == oracle.can_reach(at(second)));
            if (!outcome.restored) continue;
            REQUIRE(outcome.state == model.state_at(small.second, time));
            fell_back += outcome.bad.empty() ? 0 : 1;
        }
        // As near as possible: some state of the past, and its position is told truly.
        const Outcome nearest = model.restore({AtTime{at(10)}, {}}, Fallback::nearest, at(kEnd));
        if (!nearest.restored) return;
        REQUIRE(nearest.state == model.state({small.second, nearest.position.index}));
        REQUIRE(nearest.reached_target == oracle.can_reach(at(10)));
    });
    CHECK(fell_back > 100);
}

}  // namespace
