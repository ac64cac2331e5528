// SPDX-License-Identifier: MIT
#include "core/backup/archiver.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/check.hpp"

namespace novacron::backup {

Archiver::Archiver(const ArchiverOptions& options, Position after)
    : options_(options), timeline_(after.timeline), last_(after.index) {
    check(options.segment_bytes > 0 && options.age_max > Duration{},
          "archiver options are in bounds");
}

void Archiver::add(Instant now, Archived record) {
    check(record.index == last_ + 1, "records are archived in order");
    check(record.committed <= now, "a record is archived after it was committed");
    if (has_time_) record.committed = std::max(record.committed, newest_);
    newest_ = record.committed;
    has_time_ = true;
    last_ = record.index;
    open_bytes_ += record.data.size();
    if (open_.empty()) deadline_ = now + options_.age_max;
    open_.push_back(std::move(record));
    // Others may be committed at this very moment, so it vouches only for the time before.
    if (open_bytes_ >= options_.segment_bytes) close_until(newest_);
}

void Archiver::on_time(Instant now) {
    if (now >= deadline_) close(now);
}

void Archiver::close(Instant now) { close_until(now); }

void Archiver::close_until(Instant through) {
    if (open_.empty()) return;
    Closed closed;
    closed.head = {Kind::segment, timeline_, open_.front().index, last_, {},
                   open_.front().committed, through};
    closed.object = make_object(closed.head, encode_records(open_));
    backlog_ += closed.object.size();
    closed_.push_back(std::move(closed));
    open_.clear();
    open_bytes_ = 0;
    deadline_ = Instant::never();
}

void Archiver::follow(Instant now, Position from) {
    check(from.timeline > timeline_, "timelines ascend");
    check(from.index <= last_, "a timeline begins where there was a log");
    close_until(now);
    timeline_ = from.timeline;
    last_ = from.index;
    newest_ = has_time_ ? std::max(newest_, now) : now;
    has_time_ = true;
}

void Archiver::give_up_after(LogIndex index, First first) {
    std::deque<Closed> kept;
    for (Closed& closed : closed_) {
        const bool stays = kept.empty() && first == First::is_on_its_way;
        if (!stays && closed.head.last > index) {
            backlog_ -= closed.object.size();
            if (closed.head.first > index) continue;
            const auto object = read_object(closed.object.view());
            auto records = decode_records(object->payload, closed.head.first, closed.head.last);
            const auto kept_records = static_cast<std::size_t>(index - closed.head.first) + 1;
            closed.head.through = (*records)[kept_records].committed;
            records->resize(kept_records);
            closed.head.last = index;
            closed.object = make_object(closed.head, encode_records(*records));
            backlog_ += closed.object.size();
        }
        kept.push_back(std::move(closed));
    }
    closed_ = std::move(kept);
    std::optional<Instant> through;
    while (!open_.empty() && open_.back().index > index) {
        through = open_.back().committed;
        open_bytes_ -= open_.back().data.size();
        open_.pop_back();
    }
    last_ = std::min(last_, index);
    if (through) close_until(*through);
    if (open_.empty()) deadline_ = Instant::never();
}

void Archiver::on_uploaded() {
    check(!closed_.empty(), "what was uploaded was waiting");
    backlog_ -= closed_.front().object.size();
    closed_.pop_front();
}

}  // namespace novacron::backup
