// SPDX-License-Identifier: MIT
#include "sim/fleet/names.hpp"

#include <algorithm>

namespace shaketable {

void NameService::change(SiteId site) {
    ++changes_;
    queue_.push(queue_.now() + options_.propagation, {this, 0, site.value, changes_});
}

// Of several changes under way the last one counts.
void NameService::on_event(Instant now, const Event& event) {
    if (event.b != changes_ || site_ == SiteId{event.a}) return;
    site_ = SiteId{event.a};
    record_.add(now, DnsChanged{site_});
}

void NameService::end(FaultId fault) {
    std::erase_if(stale_, [fault](const auto& each) { return each.first == fault; });
    std::erase_if(slow_, [fault](const Slow& each) { return each.fault == fault; });
    std::erase(empty_, fault);
}

NameService::Answer NameService::ask() {
    const Instant now = queue_.now();
    Answer answer{site_};
    for (Slow& slow : slow_) {
        receipts_.effect(now, slow.fault, FaultEffect::lookup_delayed);
        answer.after = answer.after + slow.time->draw(slow.random);
    }
    if (!empty_.empty()) {
        receipts_.effect(now, empty_.front(), FaultEffect::lookup_failed);
        answer.site.reset();
    } else if (!stale_.empty() && stale_.front().second != site_) {
        receipts_.effect(now, stale_.front().first, FaultEffect::lookup_misled);
        answer.site = stale_.front().second;
    }
    return answer;
}

NameCaches::NameCaches(NameService& names, std::uint32_t workload, Record& record,
                       const Random& random)
    : names_(names), workload_(workload), record_(record), draws_(random.fork("clients")) {
    const NamesOptions& options = names.options();
    Random phases = random.fork("phases");
    const Chance is_stale(options.stale_share);
    for (std::uint32_t i = 0; i < options.clients; ++i) {
        const bool heedless = is_stale.draw(phases);
        const Duration lasts = heedless ? options.ttl + options.stale_extra : options.ttl;
        caches_.push_back({names.site(), Instant{} + phases.between(Duration{}, lasts), lasts});
    }
}

NameService::Answer NameCaches::look_up(Instant now, std::uint32_t client) {
    Cache& cache = caches_[client];
    if (now < cache.until) return {cache.site};
    const NameService::Answer answer = names_.ask();
    if (!answer.site) return answer;
    if (cache.site != answer.site) {
        record_.add(now, ClientRouted{workload_, client, *answer.site});
    }
    cache.site = answer.site;
    cache.until = now + answer.after + cache.lasts;
    return answer;
}

}  // namespace shaketable
