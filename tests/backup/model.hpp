// SPDX-License-Identifier: MIT
//
// A small service for the tests of backups: what was really committed on each timeline, the state
// after any of it, and an archive of real objects made of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/backup/catalogue.hpp"
#include "core/backup/delta.hpp"
#include "core/backup/object.hpp"
#include "core/backup/restore.hpp"
#include "core/base/check.hpp"
#include "core/kv/store.hpp"

namespace novacron::backup::testing {

constexpr TimelineId kFirst{1};

inline Instant at(std::int64_t second) { return Instant{} + seconds(second); }

class Model {
public:
    // Commits the next record of a timeline, of a value that no other record has.
    void commit(TimelineId timeline, Instant when) {
        std::vector<Archived>& records = logs_[timeline];
        const LogIndex index = last(timeline) + 1;
        const std::uint64_t n = ++written_;
        const kv::Command command{ClientId{n % 2}, n, n % 3, 1000 + n};
        records.push_back({index, when, Bytes(kv::encode(command))});
    }
    TimelineId fork(Position from, Instant when) {
        const TimelineId id = catalogue.timelines().begin(from, when);
        forks_[id] = from;
        return id;
    }
    LogIndex last(TimelineId timeline) const {
        const auto found = logs_.find(timeline);
        if (found != logs_.end() && !found->second.empty()) return found->second.back().index;
        const auto fork = forks_.find(timeline);
        return fork == forks_.end() ? LogIndex{} : fork->second.index;
    }

    // The truth: every record of the log of a timeline, with the timeline that it was written on.
    std::vector<std::pair<TimelineId, Archived>> log_of(TimelineId timeline) const {
        std::vector<std::pair<TimelineId, Archived>> log;
        if (const auto fork = forks_.find(timeline); fork != forks_.end()) {
            log = log_of(fork->second.timeline);
            log.resize(fork->second.index.value);
        }
        if (const auto own = logs_.find(timeline); own != logs_.end()) {
            for (const Archived& record : own->second) log.emplace_back(timeline, record);
        }
        return log;
    }
    std::vector<std::byte> state(Position position) const {
        kv::Store store;
        for (const auto& [timeline, record] : log_of(position.timeline)) {
            if (record.index > position.index) break;
            store.apply(record.index, *kv::decode(record.data.view()));
        }
        return store.encode();
    }
    std::vector<std::byte> state_at(TimelineId timeline, const AtTime& time) const {
        kv::Store store;
        for (const auto& [of, record] : log_of(timeline)) {
            const bool is_in = time.bound == AtTime::Bound::inclusive
                                   ? record.committed <= time.time
                                   : record.committed < time.time;
            if (is_in) store.apply(record.index, *kv::decode(record.data.view()));
        }
        return store.encode();
    }

    ObjectId full(Position position, Instant taken) {
        const ObjectId id = catalogue.begin_full(position, taken);
        keep(id, make_object(catalogue.find(id)->head, state(position)), taken);
        return id;
    }
    ObjectId incremental(ObjectId base, Position position, Instant taken) {
        const auto id = catalogue.begin_incremental(base, position, taken);
        check(id.has_value(), "the base is usable");
        const auto delta = make_delta(state(catalogue.find(base)->position()), state(position));
        keep(*id, make_object(catalogue.find(*id)->head, *delta), taken);
        return *id;
    }
    ObjectId segment(TimelineId timeline, std::uint64_t first, std::uint64_t last_index,
                     Instant through) {
        std::vector<Archived> records;
        for (const Archived& record : logs_[timeline]) {
            if (record.index.value >= first && record.index.value <= last_index) {
                records.push_back(record);
            }
        }
        const Head head{Kind::segment, timeline, LogIndex{first}, LogIndex{last_index}, {},
                        records.front().committed, through};
        const Bytes object = make_object(head, encode_records(records));
        const ObjectId id = catalogue.add_segment(head, through, object);
        objects[id] = object;
        return id;
    }

    // Carries a restore out on the objects as they are.
    Outcome restore(const Target& target, Fallback fallback, Instant now) const {
        Restore restore(catalogue, target, fallback, now);
        while (const auto id = restore.wanted()) {
            const auto found = objects.find(*id);
            if (found == objects.end()) {
                restore.supply(std::nullopt);
            } else {
                restore.supply(found->second.view());
            }
        }
        return restore.outcome();
    }
    void damage(ObjectId id, std::size_t byte) {
        const auto view = objects.at(id).view();
        std::vector<std::byte> bytes(view.begin(), view.end());
        bytes[byte % bytes.size()] ^= std::byte{0x10};
        objects[id] = Bytes(bytes);
    }

    Catalogue catalogue;
    std::map<ObjectId, Bytes> objects;  // the object store

private:
    void keep(ObjectId id, Bytes object, Instant when) {
        catalogue.complete(id, when, object);
        objects[id] = std::move(object);
    }

    std::map<TimelineId, std::vector<Archived>> logs_;
    std::map<TimelineId, Position> forks_;
    std::uint64_t written_ = 0;
};

// So many records, one a second; a full backup of one of them and an incremental one of a later;
// the log archived up to the ninth, in segments of three.
struct SmallArchive {
    SmallArchive(std::int64_t records, std::int64_t full_at, std::int64_t incremental_at) {
        const auto position = [](std::int64_t second) {
            return Position{kFirst, LogIndex{static_cast<std::uint64_t>(second)}};
        };
        for (std::int64_t i = 1; i <= records; ++i) model.commit(kFirst, at(i));
        full = model.full(position(full_at), at(full_at));
        incremental = model.incremental(full, position(incremental_at), at(incremental_at));
        for (const std::uint64_t first : {1, 4, 7}) {
            segments.push_back(model.segment(kFirst, first, first + 2,
                                             at(static_cast<std::int64_t>(first) + 3)));
        }
    }

    Model model;
    ObjectId full;
    ObjectId incremental;
    std::vector<ObjectId> segments;
};

}  // namespace novacron::backup::testing
