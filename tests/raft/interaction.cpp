// SPDX-License-Identifier: MIT
#include "tests/raft/interaction.hpp"

#include <algorithm>
#include <map>
#include <sstream>

#include "tests/raft/group.hpp"
#include "tests/raft/interaction_text.hpp"
#include "tests/raft/interaction_words.hpp"

namespace novacron::raft {
namespace {

// What is said of a server when it changes.
struct View {
    bool up = false;
    Role role = Role::follower;
    Term term;
    NodeId leader;
    LogPosition last;
    LogIndex commit;
    std::size_t granted = 0;
    std::size_t dropped = 0;
    LogPosition snapshot;
    std::uint64_t installs = 0;
    Configuration configuration;
};

class Player {
public:
    // Carries a step out; gives its output.
    std::string play(const Step& step) {
        words_ = Words(step.command);
        input_ = &step.input;
        out_.clear();
        const std::string verb = words_.take("a command");
        if (verb == "servers") {
            set_up();
        } else {
            if (!group_) fail("the first command is servers");
            const auto command = kCommands.find(verb);
            if (command == kCommands.end()) fail("unknown command '" + verb + "'");
            on_wire_ = group_->wire.size();
            (this->*command->second)();
        }
        if (!words_.empty()) fail("'" + words_.front() + "' is one word too many");
        tell_changes();
        return out_.empty() ? "nothing changes\n" : out_;
    }

private:
    std::uint32_t server_named(const std::string& word) const {
        return Words::server(word, group_->size());
    }
    std::uint32_t take_server() { return server_named(words_.take("a server")); }
    std::uint32_t take_running() {
        const std::uint32_t id = take_server();
        if (!group_->is_up(id)) fail(text_of(NodeId{id}) + " is down");
        return id;
    }

    // ---- set-up
    struct SetUp {
        Options options;
        std::uint64_t seed = 1;
        std::uint32_t spares = 0;
        std::uint32_t learners = 0;
    };
    void set_up() {
        const std::uint64_t count = Words::number(words_.take("the number of servers"));
        if (count < 1 || count > 9) fail("there are 1 to 9 servers");
        SetUp setup;
        while (!words_.empty()) {
            const auto [key, value] = words_.take_pair("an option");
            if (!set_option(setup, key, value)) fail("unknown option '" + key + "'");
        }
        if (setup.spares + setup.learners >= count) fail("one of the servers has a vote");
        std::vector<Recovered> disks(count);
        std::map<std::uint32_t, Duration> timeouts;
        for (const std::string& line : *input_) set_server(line, disks, timeouts);
        group_ = std::make_unique<Group>(std::move(disks), setup.options, setup.seed, setup.spares,
                                         setup.learners);
        for (const auto& [id, timeout] : timeouts) {
            Options& options = group_->hosts[id].options;
            options.election_timeout_min = options.election_timeout_max = timeout;
            group_->restart(id);
        }
        views_.assign(count, View{});
        for (std::uint32_t id = 0; id < count; ++id) views_[id] = view(id);
        on_wire_ = 0;
        out_ = std::to_string(count) + (count == 1 ? " server\n" : " servers\n");
    }
    static bool set_option(SetUp& setup, const std::string& key, const std::string& value) {
        Options& options = setup.options;
        const auto number = [&] { return static_cast<std::uint32_t>(Words::number(value)); };
        if (key == "seed") {
            setup.seed = Words::number(value);
        } else if (key == "spares") {
            setup.spares = number();
        } else if (key == "learners") {
            setup.learners = number();
        } else if (key == "pre_vote") {
            options.pre_vote = Words::truth(value);
        } else if (key == "check_quorum") {
            options.check_quorum = Words::truth(value);
        } else if (key == "reads") {
            if (value != "safe" && value != "lease") fail("reads are safe or lease");
            options.reads = value == "lease" ? ReadMode::lease : ReadMode::safe;
        } else if (key == "max_append_entries") {
            options.max_append_entries = number();
        } else if (key == "max_inflight_messages") {
            options.max_inflight_messages = number();
        } else if (key == "max_message_bytes") {
            options.max_message_bytes = Words::number(value);
        } else if (key == "max_inflight_bytes") {
            options.max_inflight_bytes = Words::number(value);
        } else if (key == "max_uncommitted_bytes") {
            options.max_uncommitted_bytes = Words::number(value);
        } else if (key == "trailing_entries") {
            options.trailing_entries = number();
        } else {
            return false;
        }
        return true;
    }
    // S1 term 3 vote S2 log 1 1 2: whom it voted for, if anybody, and the terms of its entries; or
    // S1 timeout 200ms: each time until it stands.
    static void set_server(const std::string& line, std::vector<Recovered>& disks,
                           std::map<std::uint32_t, Duration>& timeouts) {
        Words words(line);
        const std::uint32_t id = Words::server(words.take("a server"), disks.size());
        if (!words.empty() && words.front() == "timeout") {
            words.take_word("timeout");
            timeouts[id] = Words::time(words.take("a time"));
            return;
        }
        words.take_word("term");
        const std::uint64_t term = Words::number(words.take("a term"));
        NodeId vote = NodeId::none();
        if (!words.empty() && words.front() == "vote") {
            words.take_word("vote");
            vote = NodeId{Words::server(words.take("a server"), disks.size())};
        }
        words.take_word("log");
        std::vector<std::uint64_t> terms;
        while (!words.empty()) terms.push_back(Words::number(words.take("a term")));
        disks[id] = disk_of(term, terms);
        disks[id].hard_state.vote = vote;
    }

    // ---- inputs
    void campaign() { group_->campaign(take_running()); }
    void time_out() { group_->time_out(take_running()); }
    // So many of the leader's heartbeats, each with all that follows from it.
    void beat() {
        const std::uint32_t id = take_running();
        std::uint64_t times = words_.take_number("a number of heartbeats", 1);
        for (; times > 0 && (*group_)[id].role() == Role::leader; --times) group_->heartbeat(id);
        on_wire_ = group_->wire.size();
    }
    void advance() {
        const Instant until = group_->now + Words::time(words_.take("a time"));
        for (;;) {
            std::optional<std::uint32_t> next;
            for (std::uint32_t id = 0; id < group_->size(); ++id) {
                if (!group_->is_up(id) || group_->due(id) > until) continue;
                if (!next || group_->due(id) < group_->due(*next)) {
                    next = id;
                }
            }
            if (!next) break;
            group_->time_out(*next);
        }
        group_->now = until;
    }
    void propose() {
        const std::uint32_t id = take_running();
        const std::string command = words_.take("a command");
        const auto refusal = (*group_)[id].refusal(command.size());
        if (group_->propose(id, command)) return;
        out_ += refusal == Refusal::overloaded     ? "refused: overloaded\n"
                : refusal == Refusal::transferring ? "refused: handing over\n"
                                                   : "refused: no leader\n";
    }
    void read() {
        const std::uint32_t id = take_running();
        if (!group_->read(id, Words::number(words_.take("a token"))))
            out_ += "refused: no leader\n";
    }
    void forget_leader() {
        if (!group_->forget_leader(take_running())) out_ += "refused\n";
    }
    void transfer() {
        const std::uint32_t id = take_running();
        words_.take_word("to");
        if (!group_->transfer(id, take_server())) out_ += "refused: no leader\n";
    }
    void unreachable() {
        const std::uint32_t peer = take_server();
        words_.take_word("from");
        group_->unreachable(take_running(), peer);
    }
    void crash() { group_->crash(take_running()); }
    void restart() {
        const std::uint32_t id = take_server();
        if (group_->is_up(id)) fail(text_of(NodeId{id}) + " is running");
        group_->restart(id);
    }
    // How soon writes complete, of all servers or of one.
    void disks() {
        const bool slow = take_speed();
        out_ += std::string("disks are ") + (slow ? "slow" : "instant") + "\n";
        if (words_.empty()) {
            group_->persist_at_once = !slow;
            group_->slow_disks.clear();
            return;
        }
        const std::uint32_t id = take_server();
        slow ? void(group_->slow_disks.insert(id)) : void(group_->slow_disks.erase(id));
    }
    bool take_speed() {
        const std::string speed = words_.take("instant or slow");
        if (speed != "instant" && speed != "slow") fail("they are instant or slow");
        return speed == "slow";
    }
    void persist() {
        const std::uint32_t id = take_running();
        const std::size_t pending = group_->hosts[id].pending.size();
        const std::uint64_t wanted = words_.take_number("a number of writes", pending);
        if (wanted > pending) fail("only " + std::to_string(pending) + " writes are pending");
        group_->persist(id, wanted);
        out_ += "completed " + std::to_string(wanted) + "\n";
    }
    // Whether what is committed is applied at once, and if not, so much of it.
    void applies() {
        group_->apply_at_once = !take_speed();
        out_ += std::string("applying is ") + (group_->apply_at_once ? "instant" : "slow") + "\n";
    }
    void apply() {
        const std::uint32_t id = take_running();
        const LogIndex applied = group_->hosts[id].applied;
        const std::uint64_t due = (*group_)[id].commit() - applied;
        const std::uint64_t wanted = words_.take_number("a number of entries", due);
        if (wanted > due) fail("only " + std::to_string(due) + " entries are to be applied");
        group_->apply(id, wanted);
        out_ += "applied to " + std::to_string(group_->hosts[id].applied.value) + "\n";
    }

    // ---- who belongs to the group, and snapshots
    // change S1 add-voter S4 remove S2 joint=until-left
    void change() {
        const std::uint32_t id = take_running();
        ConfigurationChange change;
        while (!words_.empty()) {
            if (words_.front().starts_with("joint=")) {
                const auto [key, value] = words_.take_pair("a joint phase");
                const auto joint = joint_phase_named(value);
                if (!joint) fail("a joint phase is if-needed, always or until-left");
                change.joint = *joint;
                continue;
            }
            const std::string name = words_.take("a change");
            const auto kind = member_change_named(name);
            if (!kind) fail("there is no change '" + name + "'");
            change.members.push_back({*kind, NodeId{take_server()}});
        }
        tell(group_->change(id, change));
    }
    void leave() { tell(group_->leave_joint(take_running())); }
    void tell(std::optional<ChangeRefusal> refusal) {
        if (refusal) out_ += "refused: " + std::string(text_of(*refusal)) + "\n";
    }
    void snapshot() {
        const std::uint32_t id = take_running();
        if (group_->hosts[id].applied != (*group_)[id].commit()) fail("it has more to apply first");
        if (words_.empty()) {
            group_->take_snapshot(id);
            return;
        }
        const auto [key, value] = words_.take_pair("a size");
        if (key != "size") fail("a snapshot has a size, no '" + key + "'");
        group_->take_snapshot(id, std::max<std::uint64_t>(Words::number(value), 8));
    }

    // ---- the wire
    struct Filter {
        std::optional<NodeId> from, to;
        std::optional<MessageType> type;
        // How many more; shared, since algorithms copy what they ask.
        std::shared_ptr<std::uint64_t> left = std::make_shared<std::uint64_t>(~std::uint64_t{0});
        bool operator()(const Message& message) const {
            const bool fits = *left > 0 && (!from || message.from == *from) &&
                              (!to || message.to == *to) && (!type || message.type == *type);
            *left -= fits ? 1 : 0;
            return fits;
        }
    };
    Filter take_filter() {
        Filter filter;
        while (!words_.empty()) {
            const auto [key, value] = words_.take_pair("a filter");
            if (key == "from") {
                filter.from = NodeId{server_named(value)};
            } else if (key == "to") {
                filter.to = NodeId{server_named(value)};
            } else if (key == "type") {
                filter.type = type_named(value);
            } else if (key == "count") {
                *filter.left = Words::number(value);
            } else {
                fail("messages are picked by from, to, type and count, not by '" + key + "'");
            }
        }
        return filter;
    }
    static MessageType type_named(const std::string& name) {
        const auto type = message_type_named(name);
        if (!type) fail("there is no message '" + name + "'");
        return *type;
    }
    void deliver() {
        const std::size_t delivered = group_->deliver(take_filter());
        on_wire_ -= delivered;
        out_ += "delivered " + std::to_string(delivered) + "\n";
    }
    void drop() {
        const std::size_t dropped = std::erase_if(group_->wire, take_filter());
        on_wire_ -= dropped;
        out_ += "dropped " + std::to_string(dropped) + "\n";
    }
    void duplicate() {
        std::deque<Message> copies;
        std::copy_if(group_->wire.begin(), group_->wire.end(), std::back_inserter(copies),
                     take_filter());
        group_->wire.insert(group_->wire.end(), copies.begin(), copies.end());
    }
    // Away from the wire, and back on it: a message that is late.
    void hold() {
        const Filter filter = take_filter();
        const std::size_t before = group_->wire.size();
        std::erase_if(group_->wire, [&](const Message& message) {
            const bool fits = filter(message);
            if (fits) held_.push_back(message);
            return fits;
        });
        on_wire_ -= before - group_->wire.size();
        out_ += "held " + std::to_string(before - group_->wire.size()) + "\n";
    }
    void release() {
        group_->wire.insert(group_->wire.end(), held_.begin(), held_.end());
        held_.clear();
    }
    void stabilize() {
        group_->deliver_all();
        on_wire_ = 0;
    }
    void isolate() { group_->isolated.insert(take_server()); }
    // What goes between the two, or only what goes to the second, is lost.
    void cut() {
        const std::uint32_t a = take_server();
        const std::string word = words_.take("from or to");
        if (word != "from" && word != "to") fail("'from' or 'to' is expected, not '" + word + "'");
        const std::uint32_t b = take_server();
        group_->cuts.insert({a, b});
        if (word == "from") group_->cuts.insert({b, a});
    }
    void heal() {
        group_->isolated.clear();
        group_->cuts.clear();
    }
    // From one server to another, made by hand: type from to term key=value...
    void forge() {
        const MessageType type = type_named(words_.take("a type of message"));
        const std::uint32_t from = take_server();
        words_.take_word("to");
        const std::uint32_t to = take_server();
        words_.take_word("term");
        Message message = message_of(type, from, to, Words::number(words_.take("a term")));
        while (!words_.empty()) {
            const auto [key, value] = words_.take_pair("a field");
            if (key == "position") {
                message.position = Words::position(value);
            } else if (key == "hint") {
                message.hint = Words::position(value);
            } else if (key == "commit") {
                message.commit = LogIndex{Words::number(value)};
            } else if (key == "round") {
                message.round = Words::number(value);
            } else if (key == "offset") {
                message.offset = Words::number(value);
            } else if (key == "reject") {
                message.reject = Words::truth(value);
            } else if (key == "terms") {
                LogIndex index = message.position.index;
                std::istringstream terms(value);
                for (std::string term; std::getline(terms, term, ',');) {
                    message.entries.push_back(
                        {Term{Words::number(term)}, ++index, EntryKind::command, Bytes()});
                }
            } else {
                fail("a message has no '" + key + "'");
            }
        }
        group_->step(message);
    }

    // ---- looking
    void state() {
        for (std::uint32_t id = 0; id < group_->size(); ++id) {
            out_ += text_of(NodeId{id}) + ": ";
            if (!group_->is_up(id)) {
                out_ += "down\n";
                continue;
            }
            const Raft& raft = (*group_)[id];
            out_ += std::string(kRoleNames[static_cast<std::size_t>(raft.role())]) + ", term " +
                    std::to_string(raft.term().value) + ", voted for " + text_of(raft.vote()) +
                    ", follows " + text_of(raft.leader()) + ", log to " +
                    text_of(raft.log().last()) + ", durable to " +
                    std::to_string(raft.durable().last().value) + ", commit " +
                    std::to_string(raft.commit().value) + "\n";
        }
    }
    void log() {
        const std::uint32_t id = take_running();
        const Log& log = (*group_)[id].log();
        const LogIndex begin = log.begin().index;
        if (begin.value > 0) out_ += "begins after " + text_of(log.begin()) + "\n";
        for (LogIndex i = begin + 1; i <= log.last_index(); ++i) {
            out_ += text_of(log.entry(i)) + "\n";
        }
        if (log.last_index().value == 0) out_ += "empty\n";
    }
    // What a leader knows of the others.
    void status() {
        const std::uint32_t id = take_running();
        const Raft& raft = (*group_)[id];
        out_ += text_of(NodeId{id}) + " goes by " + text_of(raft.membership().active()) + "\n";
        for (const NodeId member : raft.membership().active().members()) {
            const Progress* progress = raft.progress(member);
            if (progress != nullptr) out_ += text_of(member) + ": " + text_of(*progress) + "\n";
        }
    }
    void wire() {
        for (const Message& message : group_->wire) out_ += text_of(message) + "\n";
        if (group_->wire.empty()) out_ += "empty\n";
    }

    // ---- what has changed
    View view(std::uint32_t id) const {
        const Group::Host& host = group_->hosts[id];
        if (!host.raft) return {};
        const Raft& raft = *host.raft;
        return {true,
                raft.role(),
                raft.term(),
                raft.leader(),
                raft.log().last(),
                raft.commit(),
                host.granted.size(),
                host.dropped.size(),
                raft.snapshot().meta.position,
                host.installs,
                raft.membership().active()};
    }
    void tell_changes() {
        for (std::uint32_t id = 0; id < group_->size(); ++id) {
            const View now = view(id);
            tell_change(id, views_[id], now);
            views_[id] = now;
        }
        for (std::size_t i = on_wire_; i < group_->wire.size(); ++i) {
            out_ += text_of(group_->wire[i]) + "\n";
        }
    }
    void tell_change(std::uint32_t id, const View& was, const View& now) {
        const std::string name = text_of(NodeId{id}) + ": ";
        if (was.up != now.up) {
            out_ += name + (now.up ? "starts" : "goes down") + "\n";
            if (!now.up) return;
        }
        if (!now.up) return;
        if (was.role != now.role || was.term != now.term || was.leader != now.leader ||
            !was.up) {
            out_ += name + std::string(kRoleNames[static_cast<std::size_t>(now.role)]) +
                    " of term " + std::to_string(now.term.value);
            if (now.role == Role::follower) out_ += ", follows " + text_of(now.leader);
            out_ += "\n";
        }
        if (was.snapshot != now.snapshot && was.up) {
            out_ += name + (was.installs < now.installs ? "installs" : "takes") +
                    " a snapshot of " + text_of(now.snapshot) + "\n";
        }
        if (was.last != now.last) out_ += name + "log to " + text_of(now.last) + "\n";
        if (was.commit != now.commit) {
            out_ += name + "commit " + std::to_string(now.commit.value) + "\n";
        }
        if (was.up && was.configuration != now.configuration) {
            out_ += name + "goes by " + text_of(now.configuration) + "\n";
        }
        const Group::Host& host = group_->hosts[id];
        for (std::size_t i = was.granted; i < now.granted; ++i) {
            out_ += name + "read " + std::to_string(host.granted[i].token) + " granted at " +
                    std::to_string(host.granted[i].index.value) + "\n";
        }
        for (std::size_t i = was.dropped; i < now.dropped; ++i) {
            out_ += name + "read " + std::to_string(host.dropped[i]) + " dropped\n";
        }
    }

    static const std::map<std::string, void (Player::*)(), std::less<>> kCommands;

    std::unique_ptr<Group> group_;
    std::vector<View> views_;  // as they were told last
    std::deque<Message> held_;
    std::size_t on_wire_ = 0;  // what was there before the command, as far as it still is
    Words words_;
    const std::vector<std::string>* input_ = nullptr;
    std::string out_;
};

const std::map<std::string, void (Player::*)(), std::less<>> Player::kCommands = {
    {"campaign", &Player::campaign},   {"time-out", &Player::time_out},
    {"advance", &Player::advance},     {"beat", &Player::beat},
    {"propose", &Player::propose},     {"unreachable", &Player::unreachable},
    {"read", &Player::read},           {"transfer", &Player::transfer},
    {"forget-leader", &Player::forget_leader},
    {"crash", &Player::crash},         {"restart", &Player::restart},
    {"disks", &Player::disks},         {"persist", &Player::persist},
    {"deliver", &Player::deliver},     {"drop", &Player::drop},
    {"duplicate", &Player::duplicate}, {"hold", &Player::hold},
    {"release", &Player::release},     {"stabilize", &Player::stabilize},
    {"isolate", &Player::isolate},     {"cut", &Player::cut},
    {"heal", &Player::heal},           {"forge", &Player::forge},
    {"applies", &Player::applies},     {"apply", &Player::apply},
    {"change", &Player::change},       {"leave", &Player::leave},
    {"snapshot", &Player::snapshot},   {"status", &Player::status},
    {"state", &Player::state},         {"log", &Player::log},
    {"wire", &Player::wire}};

}  // namespace

std::vector<std::string> play(const Script& script) {
    Player player;
    std::vector<std::string> outputs;
    for (const Step& step : script.steps) {
        try {
            outputs.push_back(player.play(step));
        } catch (const ScriptError& error) {
            fail_at(script.name, step.line, error.what());
        } catch (const BugError& error) {
            const std::string words = error.what();  // its place in the source comes last
            outputs.push_back("a server stops itself: " + words.substr(0, words.find(" [")) + "\n");
            break;
        }
    }
    return outputs;
}

}  // namespace novacron::raft
