// SPDX-License-Identifier: MIT
//
// Elections and commitment by the votes of any configuration, joint ones included: a leader's own
// count, fed by messages, against the definition taken literally.
#include "core/raft/quorum.hpp"

#include <map>
#include <set>

#include "tests/catch.hpp"
#include "tests/raft/group.hpp"

namespace novacron::raft {
namespace {

using Nodes = std::vector<NodeId>;
using Acks = std::map<std::uint32_t, std::uint64_t>;

Nodes nodes(const std::vector<std::uint32_t>& values) {
    Nodes list;
    for (const std::uint32_t value : values) list.push_back(NodeId{value});
    return list;
}
Configuration of(const std::vector<std::uint32_t>& voters,
                 const std::vector<std::uint32_t>& outgoing = {}) {
    return {nodes(voters), nodes(outgoing), {}, {}, false};
}

// Server 0 goes by the configuration, and all its writes are pending.
class Counter {
public:
    explicit Counter(const Configuration& configuration)
        : raft_({NodeId{0}, {}}, options(), recovered(configuration), Random(1), now_) {
        persist();
    }
    // Whether those votes elect; its own is durable only if it is among them.
    bool elected(const std::set<std::uint32_t>& votes) {
        now_ = raft_.next_deadline();
        raft_.on_time(now_);
        if (votes.contains(0)) persist();
        for (const std::uint32_t id : votes) {
            if (id != 0) step(message_of(MessageType::vote_reply, id, 0, 2));
        }
        return raft_.role() == Role::leader;
    }
    // How far a log of `length` entries of its own term is committed, counted from 0; of its own
    // disk it knows as much as the acknowledgements say.
    std::uint64_t committed(const Acks& acks, std::uint64_t length) {
        for (std::uint64_t i = 1; i < length; ++i) {
            raft_.propose(now_, Bytes());
            note();
        }
        for (const auto& [id, index] : acks) {
            if (index == 0) continue;
            if (id == 0) {
                raft_.on_persisted(now_, writes_.at(index));
                note();
                continue;
            }
            Message reply = message_of(MessageType::append_reply, id, 0, 2);
            reply.position = position_of(2, 1 + index);
            step(reply);
        }
        return raft_.commit() - LogIndex{1};
    }

private:
    static Options options() {
        Options options;
        options.pre_vote = false;
        return options;
    }
    // A snapshot of one entry brings the configuration.
    static Recovered recovered(const Configuration& configuration) {
        Recovered disk;
        disk.hard_state.term = Term{1};
        disk.snapshot = snapshot_of(position_of(1, 1), 0);
        disk.snapshot.meta.configuration = encode(configuration);
        return disk;
    }
    void step(const Message& message) {
        raft_.step(now_, message);
        note();
    }
    void persist() {
        note();
        raft_.on_persisted(now_, newest_);
        note();
    }
    void note() {
        const Write& write = raft_.outputs().write;
        if (write.id.value != 0) {
            newest_ = write.id;
            if (write.last >= write.first) writes_[write.last - LogIndex{1}] = write.id;
        }
        raft_.outputs().clear();
    }

    Instant now_{1'000'000'000};
    Raft raft_;
    WriteId newest_;
    std::map<std::uint64_t, WriteId> writes_;  // by the own entry that they end with
};

// The definitions, word for word.
bool agree(const Nodes& voters, const std::set<std::uint32_t>& votes) {
    std::size_t count = 0;
    for (const NodeId node : voters) count += votes.count(node.value);
    return 2 * count > voters.size();
}
bool agree(const Configuration& configuration, const std::set<std::uint32_t>& votes) {
    return agree(configuration.voters, votes) &&
           (!configuration.is_joint() || agree(configuration.outgoing, votes));
}
std::uint64_t naive_commit(const Configuration& configuration, const Acks& acks,
                           std::uint64_t length) {
    for (std::uint64_t index = length; index > 0; --index) {
        std::set<std::uint32_t> holders;
        for (const auto& [id, held] : acks) {
            if (held >= index) holders.insert(id);
        }
        if (agree(configuration, holders)) return index;
    }
    return 0;
}
std::set<std::uint32_t> everybody(const Configuration& configuration) {
    std::set<std::uint32_t> all;
    for (const NodeId node : configuration.members()) all.insert(node.value);
    return all;
}

constexpr std::uint64_t kLength = 6;
std::uint64_t committed(const Configuration& configuration, const Acks& acks) {
    Counter counter(configuration);
    REQUIRE(counter.elected(everybody(configuration)));
    return counter.committed(acks, kLength);
}
bool elected(const Configuration& configuration, const std::set<std::uint32_t>& votes) {
    return Counter(configuration).elected(votes);
}

// Server 0 has a vote in it, be it an outgoing one.
Configuration any_configuration(Random& random) {
    for (;;) {
        Configuration configuration;
        const bool joint = random.below(2) == 0;
        for (std::uint32_t id = 0; id < 6; ++id) {
            const std::uint64_t part = random.below(joint ? 4 : 2);
            if ((part & 1U) != 0) configuration.voters.push_back(NodeId{id});
            if ((part & 2U) != 0) configuration.outgoing.push_back(NodeId{id});
        }
        if (!configuration.voters.empty() && configuration.decides(NodeId{0})) return configuration;
    }
}

}  // namespace

TEST_CASE("quorum: what a majority of one, two, three, four and five commits") {
    struct Row {
        std::vector<std::uint32_t> voters;
        Acks acks;
        std::uint64_t commit;
    };
    const std::vector<Row> rows = {
        {{0}, {}, 0},
        {{0}, {{0, 5}}, 5},
        {{0, 1}, {{0, 5}}, 0},
        {{0, 1}, {{0, 5}, {1, 3}}, 3},
        {{0, 1, 2}, {{0, 5}}, 0},
        {{0, 1, 2}, {{0, 5}, {1, 3}}, 3},
        {{0, 1, 2}, {{0, 5}, {1, 3}, {2, 4}}, 4},
        {{0, 1, 2}, {{1, 3}, {2, 4}}, 3},
        {{0, 1, 2}, {{0, 5}, {1, 5}, {2, 1}}, 5},
        {{0, 1, 2, 3}, {{0, 6}, {1, 5}}, 0},
        {{0, 1, 2, 3}, {{0, 6}, {1, 5}, {2, 2}}, 2},
        {{0, 1, 2, 3}, {{0, 6}, {1, 5}, {2, 2}, {3, 2}}, 2},
        {{0, 1, 2, 3, 4}, {{0, 6}, {1, 5}, {2, 4}, {3, 3}, {4, 2}}, 4},
        {{0, 1, 2, 3, 4}, {{1, 5}, {3, 3}, {4, 2}}, 2},
        // Whoever has no vote counts for nothing.
        {{0, 1, 2}, {{0, 5}, {3, 6}, {4, 6}, {5, 6}}, 0},
    };
    for (const Row& row : rows) {
        CAPTURE(row.voters, row.acks);
        CHECK(committed(of(row.voters), row.acks) == row.commit);
    }
}

TEST_CASE("quorum: a joint phase commits what both of its majorities hold") {
    struct Row {
        std::vector<std::uint32_t> voters;
        std::vector<std::uint32_t> outgoing;
        Acks acks;
        std::uint64_t commit;
    };
    const std::vector<Row> rows = {
        // The same voters twice are those voters.
        {{0, 1, 2}, {0, 1, 2}, {{0, 5}, {1, 3}}, 3},
        // Strangers to each other.
        {{0, 1, 2}, {3, 4, 5}, {{0, 5}, {1, 5}, {2, 5}}, 0},
        {{0, 1, 2}, {3, 4, 5}, {{0, 5}, {1, 5}, {2, 5}, {3, 2}, {4, 4}}, 2},
        {{0, 1, 2}, {3, 4, 5}, {{0, 5}, {1, 1}, {3, 6}, {4, 6}}, 1},
        // One of them a single server.
        {{1}, {0}, {{0, 6}}, 0},
        {{1}, {0}, {{0, 6}, {1, 4}}, 4},
        {{0, 1, 2}, {1}, {{0, 6}, {2, 6}}, 0},
        {{0, 1, 2}, {1}, {{0, 6}, {1, 2}, {2, 6}}, 2},
        // They overlap.
        {{0, 1, 2}, {0, 3, 4}, {{0, 6}, {1, 5}}, 0},
        {{0, 1, 2}, {0, 3, 4}, {{0, 6}, {1, 5}, {4, 3}}, 3},
        {{1, 2, 3}, {0, 1, 2, 3}, {{0, 6}, {1, 5}, {2, 4}}, 4},
    };
    for (const Row& row : rows) {
        CAPTURE(row.voters, row.outgoing, row.acks);
        CHECK(committed(of(row.voters, row.outgoing), row.acks) == row.commit);
    }
}

TEST_CASE("quorum: who is elected by which votes, in a joint phase by both majorities") {
    struct Row {
        std::vector<std::uint32_t> voters;
        std::vector<std::uint32_t> outgoing;
        std::set<std::uint32_t> votes;
        bool wins;
    };
    const std::vector<Row> rows = {
        {{0}, {}, {}, false},
        {{0}, {}, {0}, true},
        {{0, 1}, {}, {0}, false},
        {{0, 1}, {}, {0, 1}, true},
        {{0, 1, 2}, {}, {0}, false},
        {{0, 1, 2}, {}, {0, 2}, true},
        {{0, 1, 2}, {}, {1, 2}, true},
        {{0, 1, 2, 3}, {}, {0, 1}, false},
        {{0, 1, 2, 3}, {}, {0, 1, 3}, true},
        {{0, 1, 2}, {}, {0, 3, 4, 5}, false},
        {{0, 1, 2}, {3, 4, 5}, {0, 1, 2}, false},
        {{0, 1, 2}, {3, 4, 5}, {0, 1, 2, 3}, false},
        {{0, 1, 2}, {3, 4, 5}, {0, 1, 3, 4}, true},
        {{0, 1, 2}, {0, 1, 2}, {0, 1}, true},
        {{1, 2}, {0, 1}, {0, 1}, false},
        {{1, 2}, {0, 1}, {1, 2}, false},
        {{1, 2}, {0, 1}, {0, 1, 2}, true},
        {{1}, {0}, {0}, false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.voters, row.outgoing, row.votes);
        CHECK(elected(of(row.voters, row.outgoing), row.votes) == row.wins);
    }
}

TEST_CASE("quorum: elections and commitment agree with the definition, whatever the votes") {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) {
        CAPTURE(seed);
        Random random = Random(seed).fork("quorum");
        const Configuration configuration = any_configuration(random);
        std::set<std::uint32_t> votes;
        Acks acks;
        for (std::uint32_t id = 0; id < 6; ++id) {
            if (random.below(2) == 0) votes.insert(id);
            acks[id] = random.below(kLength + 1);
        }
        REQUIRE(elected(configuration, votes) == agree(configuration, votes));
        REQUIRE(committed(configuration, acks) == naive_commit(configuration, acks, kLength));
    }
}

}  // namespace novacron::raft
