// SPDX-License-Identifier: MIT
#include "core/replication/receiver.hpp"

#include <algorithm>
#include <utility>

namespace novacron::replication {

void Receiver::refuse(SiteId to, std::uint64_t session, Refusal::Why why, const Journal& journal) {
    const Position common = diverged_.value_or(journal.position(journal.durable()));
    answers_.push_back({to, Refusal{journal.marks().fence, session, why, common, journal.last()}});
}

void Receiver::on_greeting(SiteId from, const Greeting& greeting, const Journal& journal) {
    if (greeting.session < newest_) return;  // late: a newer one has been heard
    newest_ = greeting.session;
    heard_ = std::max(heard_, greeting.lineage.last);
    const Lineage own{journal.history(), journal.last()};
    const Position common = common_point(own, greeting.lineage);
    diverged_.reset();
    needs_seed_ = false;
    // A greeting that comes late knows less than has come since, from the same primary.
    const bool is_late = common.index == greeting.lineage.last &&
                         journal.history().epoch_at(common.index + 1) == greeting.epoch;
    if (common.index < own.last && !is_late) {
        diverged_ = common;
    } else if (own.last < greeting.before) {
        needs_seed_ = true;
    }
    if (diverged_ || needs_seed_) {
        session_ = 0;
        owed_.reset();
        refuse(from, greeting.session,
               diverged_ ? Refusal::Why::diverged : Refusal::Why::needs_seed, journal);
        return;
    }
    if (session_ != greeting.session) greeted_last_ = greeting.lineage.last;
    primary_ = from;
    session_ = greeting.session;
    owed_ = Report{greeting.epoch, session_, Report::Answers::greeting, 0, {}, {}, window_bytes_};
}

void Receiver::on_shipment(SiteId from, const Shipment& shipment, Journal& journal) {
    if (shipment.session != session_) {
        refuse(from, shipment.session, Refusal::Why::unknown_session, journal);
        return;
    }
    heard_ = std::max(heard_, shipment.last);
    if (shipment.previous > journal.last()) {
        owed_ = Report{shipment.epoch, session_, Report::Answers::gap, shipment.number, {}, {},
                       window_bytes_};
        return;
    }
    const LogIndex before = journal.last();
    for (const Record& record : shipment.records) {
        if (record.index <= journal.last()) continue;  // taken already
        const std::uint64_t waiting = journal.bytes(journal.durable(), journal.last());
        if (waiting > 0 && waiting + size_of(record) > window_bytes_) break;
        journal.append(record);
    }
    // Nothing new: the report may have been lost. Otherwise it goes out when they are durable.
    if (journal.last() == before && !owed_) {
        owed_ = Report{shipment.epoch, session_, Report::Answers::shipment, 0, {}, {},
                       window_bytes_};
    }
}

bool Receiver::on_handover(SiteId from, const Handover& handover, const Journal& journal) {
    if (handover.session != session_) {
        refuse(from, handover.session, Refusal::Why::unknown_session, journal);
        return false;
    }
    return journal.durable() >= handover.last;
}

void Receiver::forget() {
    session_ = 0;
    newest_ = 0;
    heard_ = {};
    reported_ = {};
    diverged_.reset();
    needs_seed_ = false;
    owed_.reset();
    answers_.clear();
}

bool Receiver::has_caught_up(const Journal& journal) const {
    return session_ != 0 && journal.durable() >= greeted_last_;
}

std::vector<Receiver::Answer> Receiver::take_answers(const Journal& journal) {
    if (journal.durable_marks().fence != journal.marks().fence) return {};
    const bool news = session_ != 0 && journal.durable() > reported_;
    if (news && !owed_) {
        owed_ = Report{journal.marks().fence, session_, Report::Answers::shipment, 0, {}, {},
                       window_bytes_};
    }
    if (owed_) {
        owed_->received = journal.last();
        owed_->durable = journal.durable();
        reported_ = journal.durable();
        answers_.push_back({primary_, *owed_});
        owed_.reset();
    }
    return std::exchange(answers_, {});
}

}  // namespace novacron::replication
