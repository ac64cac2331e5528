// SPDX-License-Identifier: MIT
//
// Queues with closed forms: a bulkhead as M/M/c, M/M/c/c and M/M/c/K, a narrow line as M/D/1.
#include <cmath>
#include <deque>
#include <map>

#include <fmt/format.h>

#include "core/resilience/bulkhead.hpp"
#include "sim/engine/event_queue.hpp"
#include "sim/engine/distribution.hpp"
#include "sim/net/bottleneck.hpp"
#include "sim/net/burst_loss.hpp"
#include "tests/accuracy/rows.hpp"
#include "tests/service/queues.hpp"

namespace shaketable::accuracy {
namespace {

using novacron::milliseconds;
using novacron::seconds;
using novacron::resilience::Bulkhead;
using novacron::resilience::BulkheadOptions;
using test::erlang_b;
using test::erlang_c;

constexpr Duration kService = milliseconds(10);

struct Station {
    std::uint32_t servers;
    std::uint32_t places;  // to wait in
    double load;           // offered, in servers
};

struct Served {
    double wait_ms;  // in the queue, of those who got in; the mean
    double refused;  // the share of all
};

// Customers at a bulkhead, after as many as a tenth of them that don't count.
class Customers final : private EventHandler {
public:
    Customers(const Station& station, std::uint64_t seed)
        : gaps_(Exponential{Duration{static_cast<std::int64_t>(
              static_cast<double>(kService.ns) / station.load)}}),
          services_(Exponential{kService}),
          arrivals_(Random(seed).fork("arrivals")),
          service_draws_(Random(seed).fork("services")),
          bulkhead_(BulkheadOptions{station.servers, station.places, seconds(1'000'000)}) {}

    Served serve(std::uint64_t customers) {
        uncounted_ = customers / 10;
        queue_.push(Instant{}, {this, kArrival, 0, 0});
        while (came_ < customers + uncounted_) queue_.do_next();
        const auto counted = static_cast<double>(customers);
        const auto entered = static_cast<double>(entered_);
        return {static_cast<double>(waited_ns_) / 1e6 / entered,
                static_cast<double>(refused_) / counted};
    }

private:
    static constexpr std::uint32_t kArrival = 0;
    static constexpr std::uint32_t kDeparture = 1;

    void on_event(Instant now, const Event& event) override {
        if (event.kind == kDeparture) {
            bulkhead_.leave(now, Bulkhead::Ticket{event.a, event.b});
            for (const Bulkhead::Ticket& ticket : bulkhead_.outputs().entered) begin(now, ticket);
            bulkhead_.outputs().clear();
            return;
        }
        queue_.push(now + gaps_.draw(arrivals_), event);
        const bool counts = ++came_ > uncounted_;
        const Bulkhead::Entry entry = bulkhead_.enter(now);
        if (entry.answer == Bulkhead::Answer::refused) {
            refused_ += counts ? 1 : 0;
            return;
        }
        since_[entry.ticket.number] = {now, counts};
        if (entry.answer == Bulkhead::Answer::entered) begin(now, entry.ticket);
    }
    void begin(Instant now, const Bulkhead::Ticket& ticket) {
        const auto found = since_.find(ticket.number);
        if (found->second.second) {
            waited_ns_ += (now - found->second.first).ns;
            ++entered_;
        }
        since_.erase(found);
        queue_.push(now + services_.draw(service_draws_),
                    {this, kDeparture, ticket.slot, ticket.number});
    }

    EventQueue queue_;
    Distribution gaps_;
    Distribution services_;
    Random arrivals_;
    Random service_draws_;
    Bulkhead bulkhead_;
    std::map<std::uint64_t, std::pair<Instant, bool>> since_;  // by ticket: came, and counts
    std::uint64_t uncounted_ = 0;
    std::uint64_t came_ = 0;
    std::uint64_t entered_ = 0;
    std::uint64_t refused_ = 0;
    std::int64_t waited_ns_ = 0;
};

double mean_wait_ms(std::uint32_t servers, double load) {
    return erlang_c(servers, load) * static_cast<double>(kService.ns) / 1e6 / (servers - load);
}

// The share of M/M/c/K that finds all places taken.
double full_share(const Station& station) {
    double sum = 0;
    double term = 1;
    const std::uint32_t most = station.servers + station.places;
    for (std::uint32_t n = 0; n <= most; ++n) {
        if (n > 0) term *= station.load / std::min(n, station.servers);
        sum += term;
    }
    return term / sum;
}

// Messages of one size on a narrow line: the mean time that one waits for those before it.
double line_wait_ms(std::uint64_t seed, double load, std::uint64_t messages) {
    constexpr std::uint64_t kSize = 1000;
    constexpr std::uint64_t kRate = 1'000'000;  // so that one takes a millisecond
    Bottleneck line({kRate, std::uint64_t{1} << 40U}, {true, false});
    const Distribution gaps(
        Exponential{Duration{static_cast<std::int64_t>(1e6 / load)}});
    Random random(seed);
    Instant now{};
    double waited = 0;
    for (std::uint64_t i = 0; i < messages; ++i) {
        now = now + gaps.draw(random);
        waited += static_cast<double>((*line.pass(now, 0, 1, kSize)).ns) / 1e6 - 1;
    }
    return waited / static_cast<double>(messages);
}

double lost_share(std::uint64_t seed, const BurstLossOptions& options, std::int64_t messages) {
    BurstLoss link(options, 1, Random(seed));
    std::uint64_t lost = 0;
    for (std::int64_t i = 0; i < messages; ++i) {
        lost += link.loses(Instant{} + milliseconds(10) * i, 0) ? 1 : 0;
    }
    return static_cast<double>(lost) / static_cast<double>(messages);
}

double mean_ms(std::uint64_t seed, const DistributionOptions& options, std::uint64_t draws) {
    const Distribution distribution(options);
    Random random(seed);
    double sum = 0;
    for (std::uint64_t i = 0; i < draws; ++i) {
        sum += static_cast<double>(distribution.draw(random).ns) / 1e6;
    }
    return sum / static_cast<double>(draws);
}

}  // namespace

std::vector<Row> queue_rows(const Effort& effort) {
    std::vector<Row> rows;
    const std::uint64_t customers = 60'000 / effort.parts;
    for (const Station& one : {Station{1, 1'000'000, 0.5}, Station{1, 1'000'000, 0.8},
                               Station{4, 1'000'000, 3.2}, Station{16, 1'000'000, 14.4}}) {
        rows.push_back(estimated(
            fmt::format("wait in M/M/{}, {:g} % busy", one.servers, 100 * one.load / one.servers),
            "Erlang C * service / (c - load)", mean_wait_ms(one.servers, one.load),
            by_seed(effort,
                    [&](std::uint64_t seed) {
                        return Customers(one, seed).serve(customers).wait_ms;
                    }),
            "ms"));
    }
    for (const Station& one : {Station{4, 0, 3}, Station{16, 0, 16}}) {
        rows.push_back(estimated(
            fmt::format("refused by M/M/{0}/{0}, {1:g} servers' work offered", one.servers,
                        one.load),
            "Erlang B", 100 * erlang_b(one.servers, one.load), by_seed(effort, [&](auto seed) {
                return 100 * Customers(one, seed).serve(customers).refused;
            }),
            "%"));
    }
    const Station bounded{4, 8, 4.8};
    rows.push_back(estimated("refused by M/M/4/12, 4.8 servers' work offered",
                             "birth and death", 100 * full_share(bounded),
                             by_seed(effort,
                                     [&](std::uint64_t seed) {
                                         return 100 *
                                                Customers(bounded, seed).serve(customers).refused;
                                     }),
                             "%"));
    for (const double load : {0.5, 0.8}) {
        rows.push_back(estimated(
            fmt::format("wait for a narrow line, M/D/1, {:g} % busy", 100 * load),
            "load / (2 (1 - load)) * time", load / (2 * (1 - load)),
            by_seed(effort,
                    [&](std::uint64_t seed) { return line_wait_ms(seed, load, customers); }),
            "ms"));
    }
    return rows;
}

std::vector<Row> network_rows(const Effort& effort) {
    std::vector<Row> rows;
    const std::uint64_t draws = 100'000 / effort.parts;
    const BurstLossOptions bursts{seconds(9), seconds(1), 0.8, 0.01};
    rows.push_back(estimated(
        "lost on a link that is bad a tenth of the time", "0.1 * 80 % + 0.9 * 1 %", 8.9,
        by_seed(effort,
                [&](std::uint64_t seed) {
                    return 100 * lost_share(seed, bursts, static_cast<std::int64_t>(draws));
                }),
        "%"));
    const auto mean_of = [&](const DistributionOptions& options) {
        return by_seed(effort,
                       [&](std::uint64_t seed) { return mean_ms(seed, options, draws); });
    };
    rows.push_back(estimated("mean of exponential, 10 ms", "its mean", 10,
                             mean_of(Exponential{milliseconds(10)}), "ms"));
    // With p99 = median e^(2.3263 s): s = 0.98979 for 1 and 10 ms, the mean is median e^(s^2/2).
    const double s = std::log(10) / 2.3263478740408408;
    rows.push_back(estimated("mean of lognormal, median 1 ms, p99 10 ms", "median exp(s^2/2)",
                             std::exp(s * s / 2),
                             mean_of(Lognormal{milliseconds(1), milliseconds(10)}), "ms"));
    rows.push_back(estimated("mean of Pareto, scale 1 ms, shape 3", "scale shape/(shape-1)", 1.5,
                             mean_of(Pareto{milliseconds(1), 3}), "ms"));
    return rows;
}

}  // namespace shaketable::accuracy
