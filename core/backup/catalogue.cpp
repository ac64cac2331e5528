// SPDX-License-Identifier: MIT
#include "core/backup/catalogue.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "core/base/crc32c.hpp"

namespace novacron::backup {

Entry& Catalogue::at(ObjectId id) {
    const auto found = entries_.find(id);
    check(found != entries_.end(), "an object of the catalogue is named");
    return found->second;
}

const Entry* Catalogue::find(ObjectId id) const {
    const auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : &found->second;
}

ObjectId Catalogue::add(Entry entry) {
    entry.id = ++newest_;
    entries_.emplace(newest_, std::move(entry));
    return newest_;
}

ObjectId Catalogue::begin_full(Position position, Instant taken) {
    check(timelines_.exists(position.timeline), "a backup is of a timeline that exists");
    Entry entry;
    entry.head = {Kind::full, position.timeline, position.index, position.index, {}, taken, taken};
    return add(std::move(entry));
}

std::optional<ObjectId> Catalogue::begin_incremental(ObjectId base, Position position,
                                                     Instant taken) {
    check(timelines_.exists(position.timeline), "a backup is of a timeline that exists");
    const Entry* below = find(base);
    if (below == nullptr || !below->is_backup() || !usable_chain(base)) return std::nullopt;
    if (below->head.last > position.index ||
        !timelines_.is_on_path(position.timeline, below->position())) {
        return std::nullopt;
    }
    Entry entry;
    entry.head = {Kind::incremental, position.timeline, position.index, position.index,
                  below->head.last,  taken,             taken};
    entry.base = base;
    return add(std::move(entry));
}

void Catalogue::complete(ObjectId id, Instant now, const Bytes& object) {
    Entry& entry = at(id);
    check(entry.condition == Condition::running, "what completes was running");
    entry.condition = Condition::complete;
    entry.completed = now;
    entry.size = object.size();
    entry.checksum = crc32c(object.view());
}

void Catalogue::fail(ObjectId id) {
    Entry& entry = at(id);
    check(entry.condition == Condition::running, "what fails was running");
    entry.condition = Condition::failed;
}

ObjectId Catalogue::add_segment(const Head& head, Instant now, const Bytes& object) {
    check(head.kind == Kind::segment && head.first <= head.last, "a segment holds records");
    check(timelines_.exists(head.timeline), "a segment is of a timeline that exists");
    Entry entry;
    entry.head = head;
    const ObjectId id = add(std::move(entry));
    segments_.emplace(std::pair{head.timeline, head.last}, id);
    complete(id, now, object);
    return id;
}

bool Catalogue::name(const std::string& name, Position position) {
    return names_.emplace(name, position).second;
}

std::optional<Position> Catalogue::named(const std::string& name) const {
    const auto found = names_.find(name);
    if (found == names_.end()) return std::nullopt;
    return found->second;
}

void Catalogue::set_condition(ObjectId id, Condition condition) { at(id).condition = condition; }

void Catalogue::set_keep(ObjectId id, bool keep) {
    Entry& entry = at(id);
    check(entry.head.kind == Kind::full, "only a full backup stands alone, and is kept");
    entry.keep = keep;
}

void Catalogue::remove(ObjectId id) {
    const Head head = at(id).head;
    entries_.erase(id);
    if (head.kind != Kind::segment) return;
    const auto range = segments_.equal_range({head.timeline, head.last});
    segments_.erase(std::find_if(range.first, range.second,
                                 [id](const auto& each) { return each.second == id; }));
}

std::optional<std::vector<ObjectId>> Catalogue::usable_chain(ObjectId backup) const {
    std::vector<ObjectId> chain;
    for (const Entry* entry = find(backup);; entry = find(entry->base)) {
        if (entry == nullptr || !entry->is_backup()) return std::nullopt;
        if (entry->condition != Condition::complete) return std::nullopt;
        chain.push_back(entry->id);
        if (entry->head.kind == Kind::full) break;
    }
    std::reverse(chain.begin(), chain.end());
    return chain;
}

std::vector<const Entry*> Catalogue::usable_backups(TimelineId timeline) const {
    std::vector<const Entry*> found;
    for (const auto& [id, entry] : entries_) {
        if (entry.is_backup() && timelines_.is_on_path(timeline, entry.position()) &&
            usable_chain(id)) {
            found.push_back(&entry);
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const Entry* a, const Entry* b) {
        return a->head.last != b->head.last ? a->head.last > b->head.last : a->id > b->id;
    });
    return found;
}

}  // namespace novacron::backup
