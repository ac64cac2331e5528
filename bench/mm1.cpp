// SPDX-License-Identifier: MIT
//
// M/M/1: Poisson arrivals at one server with exponential service times, first come first served.
//
//   bench_mm1 UTILISATION_PERCENT CUSTOMERS
//
// Prints the mean time in the system beside the theory's, 1 / (mu - lambda).
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>

#include "sim/engine/distribution.hpp"
#include "sim/engine/event_queue.hpp"

namespace {

using shaketable::Distribution;
using shaketable::Duration;
using shaketable::Event;
using shaketable::EventQueue;
using shaketable::Exponential;
using shaketable::Instant;
using shaketable::Random;

constexpr Duration kMeanService = novacron::milliseconds(1);

class Server final : private shaketable::EventHandler {
public:
    explicit Server(Duration mean_gap)
        : gaps_(Exponential{mean_gap}), services_(Exponential{kMeanService}) {}

    double mean_time_in_system_ns(std::uint64_t customers) {
        queue_.push(Instant{} + gaps_.draw(arrivals_), {this, kArrival, 0, 0});
        while (served_ < customers) {
            const Event event = queue_.pop();
            on_event(queue_.now(), event);
        }
        return static_cast<double>(total_.ns) / static_cast<double>(served_);
    }

private:
    static constexpr std::uint32_t kArrival = 0;
    static constexpr std::uint32_t kDeparture = 1;

    void on_event(Instant now, const Event& event) override {
        if (event.kind == kArrival) {
            queue_.push(now + gaps_.draw(arrivals_), event);
            waiting_.push_back(now);
            if (waiting_.size() > 1) return;
        } else {
            total_ = total_ + (now - waiting_.front());
            waiting_.pop_front();
            ++served_;
            if (waiting_.empty()) return;
        }
        queue_.push(now + services_.draw(service_draws_), {this, kDeparture, 0, 0});
    }

    EventQueue queue_;
    Random arrivals_{1};
    Random service_draws_{2};
    Distribution gaps_;
    Distribution services_;
    std::deque<Instant> waiting_;
    std::uint64_t served_ = 0;
    Duration total_{};
};

}  // namespace

int main(int argc, char** argv) {
    const long percent = argc == 3 ? std::strtol(argv[1], nullptr, 10) : 0;
    if (percent < 1 || percent > 99) {
        std::fputs("usage: bench_mm1 UTILISATION_PERCENT CUSTOMERS\n", stderr);
        return 2;
    }
    const double utilisation = static_cast<double>(percent) / 100;
    Server server(Duration{kMeanService.ns * 100 / percent});
    const double mean = server.mean_time_in_system_ns(std::strtoull(argv[2], nullptr, 10));
    std::printf("mean time in system %.4f ms, theory %.4f ms\n", mean / 1e6,
                1 / (1 - utilisation));
    return 0;
}
