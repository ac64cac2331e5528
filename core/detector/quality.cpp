// SPDX-License-Identifier: MIT
#include "core/detector/quality.hpp"

#include "core/base/check.hpp"

namespace novacron::detector {

namespace {

std::uint64_t length(Instant from, Instant to) {
    return static_cast<std::uint64_t>((to - from).ns);
}

}  // namespace

void Spells::merge(const Spells& other) {
    detection.merge(other.detection);
    missed += other.missed;
}

void Quality::merge(const Quality& other) {
    crashes.merge(other.crashes);
    partitions.merge(other.partitions);
    mistakes += other.mistakes;
    mistake_duration.merge(other.mistake_duration);
    mistake_recurrence.merge(other.mistake_recurrence);
    good_period.merge(other.good_period);
    trust_after_return.merge(other.trust_after_return);
    well_ns += other.well_ns;
    mistaken_ns += other.mistaken_ns;
}

double Quality::mistake_rate() const {
    check(well_ns > 0, "a mistake rate is of time in which the peer was well");
    return static_cast<double>(mistakes) / static_cast<double>(well_ns) * 1e9;
}

double Quality::query_accuracy() const {
    check(well_ns > 0, "an accuracy is of time in which the peer was well");
    return 1 - static_cast<double>(mistaken_ns) / static_cast<double>(well_ns);
}

void PairQuality::truth(Instant now, Truth truth) {
    if (truth == truth_) return;
    pass(now);
    if (truth_ == Truth::well) {
        end_mistake(now);
        end_return(now);
        good_since_.reset();
        last_mistake_.reset();  // recurrence is within one stretch of being well
    } else {
        end_spell();
    }
    truth_ = truth;
    if (truth == Truth::well) {
        spell_.reset();
        if (suspected_) returned_ = now;
    } else {
        spell_ = now;
        suspected_at_ = suspected_ ? std::optional(now) : std::nullopt;
    }
}

void PairQuality::opinion(Instant now, bool suspected) {
    if (suspected == suspected_) return;
    pass(now);
    suspected_ = suspected;
    if (truth_ != Truth::well) {
        suspected_at_ = suspected ? std::optional(now) : std::nullopt;
    } else if (suspected) {
        begin_mistake(now);
    } else {
        end_mistake(now);
        end_return(now);
    }
}

void PairQuality::finish(Instant now) {
    pass(now);
    end_mistake(now);
    if (truth_ != Truth::well) end_spell();
    spell_.reset();
}

void PairQuality::leave(Instant now) {
    if (!suspected_at_) spell_.reset();
    finish(now);
}

void PairQuality::pass(Instant now) {
    check(now >= at_, "quality is measured forward in time");
    if (truth_ == Truth::well) {
        into_->well_ns += (now - at_).ns;
        if (mistake_) into_->mistaken_ns += (now - at_).ns;
    }
    at_ = now;
}

void PairQuality::begin_mistake(Instant now) {
    ++into_->mistakes;
    if (last_mistake_) into_->mistake_recurrence.add(length(*last_mistake_, now));
    if (good_since_) into_->good_period.add(length(*good_since_, now));
    mistake_ = last_mistake_ = now;
}

void PairQuality::end_mistake(Instant now) {
    if (!mistake_) return;
    into_->mistake_duration.add(length(*mistake_, now));
    mistake_.reset();
    good_since_ = now;
}

void PairQuality::end_spell() {
    if (!spell_) return;
    Spells& kind = truth_ == Truth::down ? into_->crashes : into_->partitions;
    if (suspected_at_) {
        kind.detection.add(length(*spell_, *suspected_at_));
    } else {
        ++kind.missed;
    }
}

void PairQuality::end_return(Instant now) {
    if (!returned_) return;
    into_->trust_after_return.add(length(*returned_, now));
    returned_.reset();
}

}  // namespace novacron::detector
