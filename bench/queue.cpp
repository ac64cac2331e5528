// SPDX-License-Identifier: MIT
//
// PHOLD: a population of events, which for ever beget one event each, an exponential time later.
//
//   bench_queue ours|baseline OBJECTS PENDING_EACH EVENTS
//
// "ours" is the engine's queue, "baseline" the obvious one: std::priority_queue of std::function.
// Both draw the same times, do the same work in an event, and print the same checksum. The usual
// sizes are 64 objects with 1 pending event each, and 65536 with 16 each.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <queue>
#include <string_view>
#include <vector>

#include "sim/engine/distribution.hpp"
#include "sim/engine/event_queue.hpp"

namespace {

using shaketable::Distribution;
using shaketable::Event;
using shaketable::EventHandler;
using shaketable::EventQueue;
using shaketable::Instant;
using shaketable::Random;

struct Work {
    std::uint64_t population;
    std::uint64_t pending_each;
    std::uint64_t events;
};

class Ours final : private EventHandler {
public:
    std::uint64_t run(const Work& work) {
        for (std::uint64_t i = 0; i < work.population * work.pending_each; ++i) {
            queue_.push(Instant{} + gaps_.draw(random_), {this, 0, 0, i % work.population});
        }
        for (std::uint64_t i = 0; i < work.events; ++i) queue_.do_next();
        return sum_;
    }

private:
    void on_event(Instant now, const Event& event) override {
        sum_ = sum_ * 31 + event.b;
        queue_.push(now + gaps_.draw(random_), event);
    }

    EventQueue queue_;
    Random random_{1};
    Distribution gaps_{shaketable::Exponential{novacron::milliseconds(1)}};
    std::uint64_t sum_ = 0;
};

class Baseline {
public:
    std::uint64_t run(const Work& work) {
        for (std::uint64_t i = 0; i < work.population * work.pending_each; ++i) {
            schedule(Instant{} + gaps_.draw(random_), i % work.population);
        }
        for (std::uint64_t i = 0; i < work.events; ++i) {
            const Pending first = queue_.top();
            queue_.pop();
            now_ = first.at;
            first.action();
        }
        return sum_;
    }

private:
    struct Pending {
        Instant at;
        std::uint64_t sequence;
        std::function<void()> action;
    };
    struct Later {
        bool operator()(const Pending& a, const Pending& b) const {
            return a.at > b.at || (a.at == b.at && a.sequence > b.sequence);
        }
    };

    void schedule(Instant at, std::uint64_t object) {
        queue_.push({at, sequence_++, [this, object, tag = at] { act(object, tag); }});
    }
    void act(std::uint64_t object, Instant) {
        sum_ = sum_ * 31 + object;
        schedule(now_ + gaps_.draw(random_), object);
    }

    std::priority_queue<Pending, std::vector<Pending>, Later> queue_;
    Random random_{1};
    Distribution gaps_{shaketable::Exponential{novacron::milliseconds(1)}};
    Instant now_;
    std::uint64_t sequence_ = 0;
    std::uint64_t sum_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fputs("usage: bench_queue ours|baseline OBJECTS PENDING_EACH EVENTS\n", stderr);
        return 2;
    }
    const Work work{std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10),
                    std::strtoull(argv[4], nullptr, 10)};
    const bool ours = std::string_view(argv[1]) == "ours";
    const std::uint64_t sum = ours ? Ours().run(work) : Baseline().run(work);
    std::printf("%s %016llx\n", argv[1], static_cast<unsigned long long>(sum));
    return 0;
}
