// SPDX-License-Identifier: MIT
#include "core/backup/restore.hpp"

#include <algorithm>

#include "core/backup/delta.hpp"
#include "core/base/check.hpp"
#include "core/base/crc32c.hpp"
#include "core/kv/command.hpp"

namespace novacron::backup {

Restore::Restore(const Catalogue& catalogue, const Target& target, Fallback fallback, Instant now)
    : catalogue_(catalogue), target_(target), fallback_(fallback), now_(now) {
    begin();
}

void Restore::begin() {
    next_ = 0;
    encoded_.clear();
    store_.reset();
    ended_ = false;
    outcome_.records_replayed = 0;
    outcome_.position = {};
    outcome_.last_record = {};
    outcome_.why.reset();
    Planned planned = plan_recovery(catalogue_, target_, now_);
    if (const auto* unreachable = std::get_if<Unreachable>(&planned)) {
        outcome_.why = *unreachable;
        if (fallback_ == Fallback::nearest && unreachable->reachable) {
            planned = plan_recovery(
                catalogue_, {AtIndex{unreachable->reachable->index, {}}, target_.follow}, now_);
        }
    }
    if (const auto* plan = std::get_if<Plan>(&planned)) {
        plan_ = *plan;
        const bool wants_all = std::holds_alternative<Latest>(target_.what);
        if (wants_all && plan->stops_at_gap) {
            outcome_.why = Unreachable{Unreachable::Why::gap, plan->reaches};
        }
    } else {
        done_ = true;
    }
}

std::optional<ObjectId> Restore::wanted() const {
    if (done_) return std::nullopt;
    if (next_ < plan_.chain.size()) return plan_.chain[next_];
    return plan_.replays[next_ - plan_.chain.size()].segment;
}

void Restore::supply(std::optional<std::span<const std::byte>> bytes) {
    const auto id = wanted();
    check(id.has_value(), "bytes are supplied for what is wanted");
    if (bytes) outcome_.bytes_read += bytes->size();
    if (!bytes || !take(*catalogue_.find(*id), *bytes)) {
        catalogue_.set_condition(*id, bytes ? Condition::damaged : Condition::missing);
        outcome_.bad.push_back(*id);
        begin();
        return;
    }
    ++next_;
    if (!ended_ && next_ < plan_.chain.size() + plan_.replays.size()) return;
    done_ = true;
    outcome_.restored = true;
    outcome_.reached_target = !outcome_.why.has_value();
    outcome_.state = store_->encode();
}

bool Restore::take(const Entry& entry, std::span<const std::byte> bytes) {
    if (bytes.size() != entry.size || crc32c(bytes) != entry.checksum) return false;
    const auto object = read_object(bytes);
    if (!object || object->head != entry.head) return false;
    switch (entry.head.kind) {
        case Kind::full:
            encoded_.assign(object->payload.begin(), object->payload.end());
            break;
        case Kind::incremental: {
            auto later = apply_delta(encoded_, object->payload);
            if (!later) return false;
            encoded_ = std::move(*later);
            break;
        }
        case Kind::segment:
            return replay(plan_.replays[next_ - plan_.chain.size()], *object);
    }
    if (next_ + 1 < plan_.chain.size()) return true;
    store_ = kv::Store::decode(encoded_);
    outcome_.position = entry.position();
    outcome_.last_record = entry.head.from;
    return store_.has_value();
}

bool Restore::replay(const Replay& what, const Object& object) {
    const auto records = decode_records(object.payload, object.head.first, object.head.last);
    if (!records) return false;
    for (const Archived& record : *records) {
        if (record.index <= what.after) continue;
        if (record.index > what.through) break;
        if (plan_.until) {
            const Instant end = plan_.until->time;
            const bool is_past = plan_.until->bound == AtTime::Bound::inclusive
                                     ? record.committed > end
                                     : record.committed >= end;
            if (is_past) {
                ended_ = true;
                break;
            }
        }
        if (const auto command = kv::decode(record.data.view())) {
            store_->apply(record.index, *command);
        }
        outcome_.position = {object.head.timeline, record.index};
        outcome_.last_record = record.committed;
        ++outcome_.records_replayed;
    }
    return true;
}

}  // namespace novacron::backup
