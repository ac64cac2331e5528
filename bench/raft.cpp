// SPDX-License-Identifier: MIT
//
// The consensus core alone: three servers in memory, one thread, disks and network that take no
// time.
//
//   bench_raft COMMITS [WINDOW]
//
// The leader keeps WINDOW (256) commands outstanding until COMMITS are committed by it; they share
// their 32 bytes, so that what is allocated is the core's doing. Logs forget at snapshots, which
// take nothing. A step is one input: a command, a message, a completed write. Prints steps,
// messages, and what was allocated in the second half, which must be next to nothing; time it, and
// count its instructions, from outside.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <new>
#include <vector>

#include "core/base/check.hpp"
#include "core/raft/raft.hpp"

namespace {

std::uint64_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using namespace novacron;
using namespace novacron::raft;

constexpr std::uint32_t kServers = 3;
constexpr double kMostAllocations = 0.001;  // a commit

class Group {
public:
    Group() {
        std::vector<NodeId> voters;
        for (std::uint32_t i = 0; i < kServers; ++i) voters.push_back(NodeId{i});
        for (std::uint32_t i = 0; i < kServers; ++i) {
            servers_[i] = std::make_unique<Raft>(Identity{NodeId{i}, voters}, options_,
                                                 Recovered{}, Random(1).fork("server", i), now_);
            carry_out(i);
        }
    }

    void elect() {
        now_ = now_ + seconds(1);
        servers_[0]->on_time(now_);
        carry_out(0);
        deliver_all();
        check(servers_[0]->role() == Role::leader, "the first server is elected");
    }

    void commit(std::uint64_t commands, std::uint64_t window) {
        const Bytes command(std::array<std::byte, 32>{});
        const Raft& leader = *servers_[0];
        const LogIndex end = leader.commit() + commands;
        while (leader.commit() < end) {
            while (leader.log().last_index() < leader.commit() + window) {
                servers_[0]->propose(now_, command);
                carry_out(0);
                ++steps;
            }
            deliver_all();
        }
    }

    std::uint64_t steps = 0;
    std::uint64_t messages = 0;

private:
    // A ring whose messages keep their memory.
    struct Wire {
        std::vector<Message> slots = std::vector<Message>(4096);
        std::size_t first = 0, count = 0;

        void push(Message& message) {
            check(count < slots.size(), "the wire has room");
            std::swap(slots[(first + count++) % slots.size()], message);
        }
        Message& pop() {
            Message& message = slots[first];
            first = (first + 1) % slots.size();
            --count;
            return message;
        }
    };

    void deliver_all() {
        while (wire_.count > 0) {
            const Message& message = wire_.pop();
            const std::uint32_t to = message.to.value;
            servers_[to]->step(now_, message);
            ++steps;
            carry_out(to);
        }
    }

    // Every write is durable at once.
    void carry_out(std::uint32_t id) {
        Raft& server = *servers_[id];
        for (;;) {
            const WriteId write = server.outputs().write.id;
            for (Send& send : server.outputs().sends()) {
                ++messages;
                wire_.push(send.message);
            }
            server.outputs().clear();
            if (server.commit() - server.snapshot().meta.position.index >=
                options_.snapshot_threshold) {
                server.compact({server.meta_at(server.commit()).value(), Bytes()});
            }
            if (write.value == 0) return;
            server.on_persisted(now_, write);
            ++steps;
        }
    }

    Options options_;
    Instant now_{};
    std::array<std::unique_ptr<Raft>, kServers> servers_;
    Wire wire_;
};

}  // namespace

int main(int argc, char** argv) {
    const std::uint64_t commits = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
    const std::uint64_t window = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 256;
    Group group;
    group.elect();
    group.commit(commits / 2, window);
    const std::uint64_t before = allocations;
    group.commit(commits - commits / 2, window);
    const double each =
        static_cast<double>(allocations - before) / static_cast<double>(commits - commits / 2);
    std::printf("%llu commits, %llu steps, %llu messages, %.4f allocations a commit\n",
                static_cast<unsigned long long>(commits),
                static_cast<unsigned long long>(group.steps),
                static_cast<unsigned long long>(group.messages), each);
    if (commits < 100'000 || each <= kMostAllocations) return 0;
    std::fprintf(stderr, "a steady state allocates: at most %.4f a commit was expected\n",
                 kMostAllocations);
    return 1;
}
