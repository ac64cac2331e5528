// SPDX-License-Identifier: MIT
//
// The host that core/raft/README.md shows is this one, and works.
#include "tests/raft/embedding.hpp"

#include <array>
#include <deque>
#include <fstream>
#include <memory>
#include <sstream>

#include "tests/catch.hpp"
#include "tests/raft/messages.hpp"

namespace {

std::string content_of(const std::string& path) {
    std::ifstream file(std::string(SHAKETABLE_SOURCE_DIR) + "/" + path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

struct Three {
    Three() {
        for (std::uint32_t i = 0; i < 3; ++i) start(i);
    }
    void start(std::uint32_t i) {
        applied[i].clear();
        hosts[i] = std::make_unique<Host>(
            NodeId{i}, std::vector{NodeId{0}, NodeId{1}, NodeId{2}},
            Surroundings{disks[i], [this](const Message& message) { wire.push_back(message); },
                         [this, i](const Entry& entry) { applied[i].push_back(entry); },
                         [this](ReadToken token) { answered.push_back(token); },
                         lives[i]++},
            now);
    }
    void settle() {
        while (!wire.empty()) {
            const Message message = wire.front();
            wire.pop_front();
            hosts[message.to.value]->on_message(now, message);
        }
    }
    void beat(std::uint32_t i) {
        now = std::max(now, hosts[i]->raft.next_deadline());
        hosts[i]->on_deadline(now);
        settle();
    }

    Instant now{1'000'000'000};
    std::array<Recovered, 3> disks;
    std::array<std::uint64_t, 3> lives{};
    std::array<std::vector<Entry>, 3> applied;
    std::array<std::unique_ptr<Host>, 3> hosts;
    std::deque<Message> wire;
    std::vector<ReadToken> answered;
};

}  // namespace

TEST_CASE("embedding: the host of the manual replicates, reads and comes back from its disk") {
    Three group;
    group.beat(0);
    REQUIRE(group.hosts[0]->raft.role() == Role::leader);
    REQUIRE(group.hosts[0]->write(group.now, bytes_of("a")));
    REQUIRE(group.hosts[0]->write(group.now, bytes_of("b")));
    CHECK_FALSE(group.hosts[1]->write(group.now, bytes_of("c")));
    group.settle();
    REQUIRE(group.hosts[0]->read(group.now, 7));
    group.settle();
    CHECK(group.answered == std::vector<ReadToken>{7});
    group.beat(0);
    REQUIRE(group.applied[0].size() == 3);
    CHECK(group.applied[0][2].data == bytes_of("b"));
    CHECK(group.applied[1] == group.applied[0]);
    CHECK(group.applied[2] == group.applied[0]);

    group.start(1);
    group.settle();
    group.beat(0);
    group.beat(0);
    CHECK(group.applied[1] == group.applied[0]);
}

TEST_CASE("embedding: the manual shows the host as it is") {
    const std::string code = content_of("tests/raft/embedding.hpp");
    const std::string shown = code.substr(code.find("struct Surroundings"));
    const std::string manual = content_of("core/raft/README.md");
    CHECK(manual.find("```cpp\n" + shown + "```\n") != std::string::npos);
}
