// SPDX-License-Identifier: MIT
//
// Failure detectors in groups larger than scenarios have: what a message costs.
//
//   bench_detectors phi|swim MEMBERS VIRTUAL_MILLISECONDS
//
// All members on the engine's queue of events, with a message under way for half a millisecond or a
// little more. Prints how many messages were delivered, how many opinions changed (none should),
// and the most memory that was used.
#include <sys/resource.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string_view>

#include "core/detector/options.hpp"
#include "sim/engine/timer.hpp"
#include "sim/net/pool.hpp"

namespace {

using namespace novacron::detector;
using novacron::milliseconds;
using novacron::NodeId;
using novacron::Random;
using shaketable::Duration;
using shaketable::Event;
using shaketable::EventQueue;
using shaketable::Instant;
using shaketable::Timer;

class Group final : private shaketable::EventHandler {
public:
    Group(const DetectorOptions& options, std::uint32_t members) {
        for (std::uint32_t i = 0; i < members; ++i) {
            std::vector<NodeId> peers;
            for (std::uint32_t j = 0; j < members; ++j) {
                if (j != i) peers.push_back(NodeId{j});
            }
            members_.push_back({make_detector(options, NodeId{i}, 1, std::move(peers),
                                              Random(7).fork("member", i), Instant{}),
                                Timer(queue_, Event{this, kTimer, i, 0})});
            carry_out(i);
        }
    }

    void run(Duration length) {
        const Instant end = Instant{} + length;
        while (queue_.next_time() < end) queue_.do_next();
    }
    std::uint64_t delivered() const { return delivered_; }
    std::uint64_t changes() const { return changes_; }

private:
    static constexpr std::uint32_t kTimer = 0;
    static constexpr std::uint32_t kMessage = 1;

    struct Member {
        std::unique_ptr<FailureDetector> detector;
        Timer timer;
    };

    void on_event(Instant now, const Event& event) override {
        if (event.kind == kTimer) {
            if (!members_[event.a].timer.due(now)) return;
            members_[event.a].detector->on_time(now);
            carry_out(event.a);
            return;
        }
        const Message& message = mail_[event.a];
        const std::uint32_t to = message.to.value;
        members_[to].detector->on_message(now, message);
        mail_.give_back(event.a);
        ++delivered_;
        carry_out(to);
    }
    void carry_out(std::uint32_t id) {
        FailureDetector& detector = *members_[id].detector;
        for (Message& message : detector.outputs().messages) {
            const std::uint32_t slot = mail_.take();
            std::swap(mail_[slot], message);
            const Duration way = novacron::microseconds(500) +
                                 Duration{static_cast<std::int64_t>(ways_.below(200'000))};
            queue_.push(queue_.now() + way, {this, kMessage, slot, 0});
        }
        changes_ += detector.outputs().changes.size();
        detector.outputs().clear();
        members_[id].timer.arm(std::max(queue_.now(), detector.next_deadline()));
    }

    EventQueue queue_;
    Random ways_{11};
    shaketable::Pool<Message> mail_;
    std::deque<Member> members_;
    std::uint64_t delivered_ = 0;
    std::uint64_t changes_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    const std::string_view kind = argc == 4 ? argv[1] : "";
    const long members = argc == 4 ? std::strtol(argv[2], nullptr, 10) : 0;
    const long length = argc == 4 ? std::strtol(argv[3], nullptr, 10) : 0;
    if ((kind != "phi" && kind != "swim") || members < 2 || members > 10'000 || length < 1) {
        std::fputs("usage: bench_detectors phi|swim MEMBERS VIRTUAL_MILLISECONDS\n", stderr);
        return 2;
    }
    DetectorOptions options = HeartbeatWatchOptions{};
    if (kind == "swim") options = SwimOptions{};
    Group group(options, static_cast<std::uint32_t>(members));
    group.run(milliseconds(length));
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    std::printf("%" PRIu64 " messages, %" PRIu64 " changes of opinion, %ld MiB\n",
                group.delivered(), group.changes(), used.ru_maxrss / 1024);
    return 0;
}
