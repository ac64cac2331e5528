// SPDX-License-Identifier: MIT
#include "core/replication/release.hpp"

#include "core/base/check.hpp"

namespace novacron::replication {

Release::Release(const ShippingOptions& options, Instant start, LogIndex released)
    : options_(options), start_(start), released_(released), added_(released) {
    check(options.interval > Duration{} && options.bytes > 0, "shipping options are in bounds");
}

void Release::add(Instant now, LogIndex index, std::uint64_t bytes) {
    check(index == added_ + 1, "records become durable in order");
    added_ = index;
    waiting_bytes_ += bytes;
    if (options_.shipping == Shipping::stream || waiting_bytes_ >= options_.bytes) {
        all();
    } else if (deadline_ == Instant::never()) {
        const std::int64_t step = options_.interval.ns;
        deadline_ = options_.shipping == Shipping::segment
                        ? now + options_.interval
                        : start_ + Duration{((now - start_).ns / step + 1) * step};
    }
}

void Release::on_time(Instant now) {
    if (now >= deadline_) all();
}

void Release::all() {
    released_ = added_;
    waiting_bytes_ = 0;
    deadline_ = Instant::never();
}

}  // namespace novacron::replication
