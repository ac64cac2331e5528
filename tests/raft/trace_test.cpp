// SPDX-License-Identifier: MIT
#include "core/raft/trace.hpp"

#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/raft/messages.hpp"

namespace {

using namespace novacron;
using namespace novacron::raft;

// A server of two, and what was told of it since the last look.
struct Traced {
    explicit Traced(std::vector<NodeId> voters)
        : raft({NodeId{0}, std::move(voters)}, Options{}, Recovered{}, Random(1), Instant{}) {
        carry_out();
    }
    void time_out() {
        now = raft.next_deadline();
        raft.on_time(now);
        carry_out();
    }
    void step(const Message& message) {
        tracer.receives(raft, message);
        raft.step(now, message);
        carry_out();
    }
    void carry_out() {
        for (;;) {
            tracer.stepped(raft);
            const WriteId write = raft.outputs().write.id;
            raft.outputs().clear();
            if (write.value == 0) return;
            raft.on_persisted(now, write);
        }
    }
    // The names of the events since the last look.
    std::vector<std::string> names() {
        std::vector<std::string> all;
        for (const std::string& event : events) {
            constexpr std::string_view kBegin = "{\"name\":\"";
            REQUIRE(event.starts_with(kBegin));
            all.push_back(event.substr(kBegin.size(), event.find('"', kBegin.size()) - 9));
        }
        events.clear();
        return all;
    }

    Instant now;
    std::vector<std::string> events;
    Tracer tracer{[this](std::string_view event) { events.emplace_back(event); }};
    Raft raft;
};
using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("raft trace: a server alone stands, leads, and commits its first entry") {
    Traced server({NodeId{0}});
    CHECK(server.names() == Names{"InitState", "Ready"});  // it writes what it goes by
    server.time_out();
    // The write of the vote, then what its being durable brings.
    CHECK(server.names() == Names{"BecomeCandidate", "Ready", "BecomeLeader", "Replicate", "Ready",
                                  "Commit"});
}

TEST_CASE("raft trace: an event says the state, and a message what it carries") {
    Traced server({NodeId{0}, NodeId{1}});
    server.names();
    Message append = message_of(MessageType::append, 1, 0, 3);
    append.commit = LogIndex{1};
    append.entries = log_of({3, 3});
    server.step(append);
    REQUIRE(server.events.size() == 4);
    CHECK(server.events[0] ==
          R"({"name":"ReceiveAppendEntriesRequest","nid":"1",)"
          R"("state":{"term":0,"vote":"0","commit":0},"role":"StateFollower","log":0,)"
          R"("conf":[["1","2"],[]],"msg":{"type":"MsgApp","term":3,"from":"2","to":"1",)"
          R"("entries":2,"logTerm":0,"index":0,"commit":1,"vote":"0","reject":false,)"
          R"("rejectHint":0}})");
    CHECK(server.events[1] ==
          R"({"name":"BecomeFollower","nid":"1","state":{"term":3,"vote":"0","commit":0},)"
          R"("role":"StateFollower","log":0,"conf":[["1","2"],[]]})");
    CHECK(server.events[2] ==
          R"({"name":"SendAppendEntriesResponse","nid":"1",)"
          R"("state":{"term":3,"vote":"0","commit":1},"role":"StateFollower","log":2,)"
          R"("conf":[["1","2"],[]],"msg":{"type":"MsgAppResp","term":3,"from":"1","to":"2",)"
          R"("entries":0,"logTerm":3,"index":2,"commit":0,"vote":"0","reject":false,)"
          R"("rejectHint":0}})");
    CHECK(server.names().back() == "Ready");
}
