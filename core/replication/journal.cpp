// SPDX-License-Identifier: MIT
#include "core/replication/journal.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"

namespace novacron::replication {

void Durable::take(const Write& write) {
    if (write.cut_after) {
        while (!records.empty() && records.back().index > *write.cut_after) records.pop_back();
        history.cut_after(*write.cut_after);
    }
    for (const Record& record : write.records) {
        history.note(record.epoch, record.index);
        records.push_back(record);
    }
    marks = write.marks;
}

Journal::Journal(const Durable& durable)
    : marks_(durable.marks),
      durable_marks_(durable.marks),
      history_(durable.history),
      before_(durable.before) {
    for (const Record& record : durable.records) {
        check(record.index == last() + 1, "a journal's records are contiguous");
        check(history_.epoch_at(record.index) == record.epoch, "a history is that of its records");
        const std::uint64_t bytes = records_.empty() ? 0 : records_.back().bytes_through;
        records_.push_back({record, bytes + size_of(record)});
    }
    durable_ = last();
}

void Journal::append(Record record) {
    check(record.index == last() + 1, "a record is appended at the end");
    history_.note(record.epoch, record.index);
    const std::uint64_t bytes = records_.empty() ? bytes_before_ : records_.back().bytes_through;
    change_.records.push_back(record);
    records_.push_back({std::move(record), 0});
    records_.back().bytes_through = bytes + size_of(records_.back().record);
    changed_ = true;
}

void Journal::cut_after(LogIndex index) {
    check(index >= before_ && index <= last(), "a log is cut within what it holds");
    while (last() > index) records_.pop_back();
    history_.cut_after(index);
    durable_ = std::min(durable_, index);
    for (Pending& pending : pending_) pending.last = std::min(pending.last, index);
    auto& collected = change_.records;
    while (!collected.empty() && collected.back().index > index) collected.pop_back();
    change_.cut_after = change_.cut_after ? std::min(*change_.cut_after, index) : index;
    changed_ = true;
}

void Journal::mark(const Marks& marks) {
    if (marks == marks_) return;
    marks_ = marks;
    changed_ = true;
}

void Journal::forget_through(LogIndex index) {
    check(index <= durable_, "only what is durable is forgotten");
    while (before_ < index) {
        bytes_before_ = records_.front().bytes_through;
        records_.pop_front();
        ++before_;
    }
}

std::optional<Write> Journal::take_write() {
    if (!changed_) return std::nullopt;
    changed_ = false;
    change_.id = ++newest_;
    change_.marks = marks_;
    pending_.push_back({newest_, last(), marks_});
    return std::exchange(change_, Write{});
}

void Journal::on_persisted(WriteId id) {
    check(id <= newest_, "a write is reported that was never asked for");
    while (!pending_.empty() && pending_.front().id <= id) {
        durable_ = std::max(durable_, pending_.front().last);
        durable_marks_ = pending_.front().marks;
        pending_.pop_front();
    }
}

Lineage Journal::durable_lineage() const {
    Lineage lineage{history_, durable_};
    lineage.history.cut_after(durable_);
    return lineage;
}

const Record& Journal::at(LogIndex index) const {
    check(index > before_ && index <= last(), "a record is read that the journal does not hold");
    return records_[index - before_ - 1].record;
}

std::uint64_t Journal::bytes(LogIndex from, LogIndex to) const {
    check(before_ <= from && from <= to && to <= last(), "bytes are counted of what is held");
    const auto through = [&](LogIndex index) {
        return index == before_ ? bytes_before_ : records_[index - before_ - 1].bytes_through;
    };
    return through(to) - through(from);
}

}  // namespace novacron::replication
