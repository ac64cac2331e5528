// SPDX-License-Identifier: MIT
#include "tests/raft/interaction.hpp"

#include <map>
#include <sstream>

#include "tests/raft/group.hpp"

namespace novacron::raft {
namespace {

constexpr std::array<std::string_view, 9> kTypeNames = {
    "append",         "append-reply", "heartbeat",  "heartbeat-reply", "pre-vote",
    "pre-vote-reply", "vote",         "vote-reply", "stand-now"};

std::vector<std::string> words_in(std::string_view text) {
    std::istringstream stream{std::string(text)};
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}
std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::string text_of(NodeId id) {
    return id.is_none() ? "nobody" : "S" + std::to_string(id.value + 1);
}
// As in the thesis: term.index.
std::string text_of(LogPosition position) {
    return std::to_string(position.term.value) + "." + std::to_string(position.index.value);
}
std::string text_of(const Entry& entry) {
    std::string text = text_of(LogPosition{entry.term, entry.index});
    if (entry.kind == EntryKind::noop) return text + " noop";
    const auto data = entry.data.view();
    if (data.empty()) return text;
    return text + " " + std::string(reinterpret_cast<const char*>(data.data()), data.size());
}
std::string text_of(const Message& message) {
    std::string text = text_of(message.from) + " -> " + text_of(message.to) + ": " +
                       std::string(kTypeNames.at(static_cast<std::size_t>(message.type))) +
                       " term " + std::to_string(message.term.value);
    switch (message.type) {
        case MessageType::append:
            text += " after " + text_of(message.position);
            for (const Entry& entry : message.entries) text += " [" + text_of(entry) + "]";
            text += " commit " + std::to_string(message.commit.value);
            break;
        case MessageType::append_reply:
            text += (message.reject ? " rejects " : " up to ") + text_of(message.position);
            if (message.reject) text += " hint " + text_of(message.hint);
            break;
        case MessageType::heartbeat:
            text += " commit " + std::to_string(message.commit.value);
            [[fallthrough]];
        case MessageType::heartbeat_reply:
            if (message.round != 0) text += " round " + std::to_string(message.round);
            break;
        case MessageType::pre_vote:
        case MessageType::vote:
            text += " last " + text_of(message.position);
            if (message.by_transfer) text += " by transfer";
            break;
        case MessageType::pre_vote_reply:
        case MessageType::vote_reply: text += message.reject ? " refused" : " granted"; break;
        case MessageType::stand_now: break;
    }
    return text;
}

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
};

class Player {
public:
    // Carries a step out; gives its output.
    std::string play(const Step& step) {
        words_ = words_in(step.command);
        input_ = &step.input;
        out_.clear();
        const std::string verb = words_.at(0);
        words_.erase(words_.begin());
        if (verb == "servers") {
            set_up();
        } else {
            if (!group_) fail("the first command is servers");
            const auto command = kCommands.find(verb);
            if (command == kCommands.end()) fail("unknown command '" + verb + "'");
            on_wire_ = group_->wire.size();
            (this->*command->second)();
        }
        if (!words_.empty()) fail("'" + words_[0] + "' is one word too many");
        tell_changes();
        return out_.empty() ? "nothing changes\n" : out_;
    }

private:
    [[noreturn]] static void fail(const std::string& what) { throw ScriptError(what); }

    // ---- arguments, taken from the front
    std::string take(const char* what) {
        if (words_.empty()) fail(std::string("here comes ") + what);
        const std::string word = words_.front();
        words_.erase(words_.begin());
        return word;
    }
    static std::uint64_t number(const std::string& word) {
        std::size_t end = 0;
        std::uint64_t value = 0;
        try {
            value = std::stoull(word, &end);
        } catch (const std::exception&) {
            end = 0;
        }
        if (end != word.size() || word.empty()) fail("'" + word + "' is no number");
        return value;
    }
    static std::uint64_t milliseconds_in(const std::string& word) {
        if (!word.ends_with("ms")) fail("'" + word + "' is no time, such as 50ms");
        return number(word.substr(0, word.size() - 2));
    }
    std::uint32_t server_named(const std::string& word) const {
        const bool named = word.size() >= 2 && word[0] == 'S';
        const std::uint64_t n = named ? number(word.substr(1)) : 0;
        if (n < 1 || n > group_->size()) fail("'" + word + "' is no server, such as S1");
        return static_cast<std::uint32_t>(n - 1);
    }
    std::uint32_t take_server() { return server_named(take("a server")); }
    std::uint32_t take_running() {
        const std::uint32_t id = take_server();
        if (!group_->is_up(id)) fail(text_of(NodeId{id}) + " is down");
        return id;
    }
    void take_word(std::string_view word) {
        const std::string given = take("a word");
        if (given != word) fail("'" + std::string(word) + "' is expected, not '" + given + "'");
    }
    static std::pair<std::string, std::string> pair_in(const std::string& word) {
        const std::size_t sign = word.find('=');
        if (sign == std::string::npos) fail("'" + word + "' is no key=value");
        return {word.substr(0, sign), word.substr(sign + 1)};
    }
    static bool truth(const std::string& word) {
        if (word != "true" && word != "false") fail("'" + word + "' is neither true nor false");
        return word == "true";
    }
    static LogPosition position_in(const std::string& word) {
        const std::size_t dot = word.find('.');
        if (dot == std::string::npos) fail("'" + word + "' is no position, such as 2.5");
        return {Term{number(word.substr(0, dot))}, LogIndex{number(word.substr(dot + 1))}};
    }

    // ---- set-up
    void set_up() {
        const std::uint64_t count = number(take("the number of servers"));
        if (count < 1 || count > 9) fail("there are 1 to 9 servers");
        Options options;
        std::uint64_t seed = 1;
        while (!words_.empty()) {
            const auto [key, value] = pair_in(take("an option"));
            if (key == "seed") {
                seed = number(value);
            } else if (key == "pre_vote") {
                options.pre_vote = truth(value);
            } else if (key == "check_quorum") {
                options.check_quorum = truth(value);
            } else if (key == "max_append_entries") {
                options.max_append_entries = static_cast<std::uint32_t>(number(value));
            } else if (key == "max_inflight_messages") {
                options.max_inflight_messages = static_cast<std::uint32_t>(number(value));
            } else if (key == "max_message_bytes") {
                options.max_message_bytes = number(value);
            } else if (key == "max_inflight_bytes") {
                options.max_inflight_bytes = number(value);
            } else if (key == "max_uncommitted_bytes") {
                options.max_uncommitted_bytes = number(value);
            } else {
                fail("unknown option '" + key + "'");
            }
        }
        std::vector<Recovered> disks(count);
        for (const std::string& line : *input_) set_disk(line, disks);
        group_ = std::make_unique<Group>(std::move(disks), options, seed);
        views_.assign(count, View{});
        for (std::uint32_t id = 0; id < count; ++id) views_[id] = view(id);
        on_wire_ = 0;
        out_ = std::to_string(count) + (count == 1 ? " server\n" : " servers\n");
    }
    // S1 term 3 log 1 1 2: the terms of its entries.
    static void set_disk(const std::string& line, std::vector<Recovered>& disks) {
        const std::vector<std::string> words = words_in(line);
        if (words.size() < 4 || words[0].size() < 2 || words[0][0] != 'S' || words[1] != "term" ||
            words[3] != "log") {
            fail("a disk is written as: S1 term 3 log 1 1 2");
        }
        const std::uint64_t id = number(words[0].substr(1));
        if (id < 1 || id > disks.size()) fail("there is no " + words[0]);
        std::vector<std::uint64_t> terms;
        for (std::size_t i = 4; i < words.size(); ++i) terms.push_back(number(words[i]));
        disks[id - 1] = disk_of(number(words[2]), terms);
    }

    // ---- inputs
    void campaign() { group_->campaign(take_running()); }
    void time_out() { group_->time_out(take_running()); }
    // So many of the leader's heartbeats, each with all that follows from it.
    void beat() {
        const std::uint32_t id = take_running();
        std::uint64_t times = words_.empty() ? 1 : number(take("a number of heartbeats"));
        for (; times > 0 && (*group_)[id].role() == Role::leader; --times) group_->heartbeat(id);
        on_wire_ = group_->wire.size();
    }
    void advance() {
        const Instant until =
            group_->now + milliseconds(static_cast<std::int64_t>(milliseconds_in(take("a time"))));
        for (;;) {
            std::optional<std::uint32_t> next;
            for (std::uint32_t id = 0; id < group_->size(); ++id) {
                if (!group_->is_up(id) || (*group_)[id].next_deadline() > until) continue;
                if (!next || (*group_)[id].next_deadline() < (*group_)[*next].next_deadline()) {
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
        const std::string command = take("a command");
        const auto refusal = (*group_)[id].refusal(command.size());
        if (group_->propose(id, command)) return;
        out_ += refusal == Refusal::overloaded     ? "refused: overloaded\n"
                : refusal == Refusal::transferring ? "refused: handing over\n"
                                                   : "refused: no leader\n";
    }
    void read() {
        const std::uint32_t id = take_running();
        if (!group_->read(id, number(take("a token")))) out_ += "refused: no leader\n";
    }
    void transfer() {
        const std::uint32_t id = take_running();
        take_word("to");
        if (!group_->transfer(id, take_server())) out_ += "refused: no leader\n";
    }
    void unreachable() {
        const std::uint32_t peer = take_server();
        take_word("from");
        group_->unreachable(take_running(), peer);
    }
    void crash() { group_->crash(take_running()); }
    void restart() {
        const std::uint32_t id = take_server();
        if (group_->is_up(id)) fail(text_of(NodeId{id}) + " is running");
        group_->restart(id);
    }
    void disks() {
        const std::string speed = take("instant or slow");
        if (speed != "instant" && speed != "slow") fail("disks are instant or slow");
        group_->persist_at_once = speed == "instant";
        out_ += "disks are " + speed + "\n";
    }
    void persist() {
        const std::uint32_t id = take_running();
        const std::size_t pending = group_->hosts[id].pending.size();
        const std::size_t wanted = words_.empty() ? pending : number(take("a number of writes"));
        if (wanted > pending) fail("only " + std::to_string(pending) + " writes are pending");
        group_->persist(id, wanted);
        out_ += "completed " + std::to_string(wanted) + "\n";
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
            const auto [key, value] = pair_in(take("a filter"));
            if (key == "from") {
                filter.from = NodeId{server_named(value)};
            } else if (key == "to") {
                filter.to = NodeId{server_named(value)};
            } else if (key == "type") {
                filter.type = type_named(value);
            } else if (key == "count") {
                *filter.left = number(value);
            } else {
                fail("messages are picked by from, to, type and count, not by '" + key + "'");
            }
        }
        return filter;
    }
    static MessageType type_named(const std::string& name) {
        const auto place = std::find(kTypeNames.begin(), kTypeNames.end(), name);
        if (place == kTypeNames.end()) fail("there is no message '" + name + "'");
        return static_cast<MessageType>(place - kTypeNames.begin());
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
    void cut() {
        const std::uint32_t a = take_server();
        take_word("from");
        const std::uint32_t b = take_server();
        group_->cuts.insert({a, b});
        group_->cuts.insert({b, a});
    }
    void heal() {
        group_->isolated.clear();
        group_->cuts.clear();
    }
    // From one server to another, made by hand: type from to term key=value...
    void forge() {
        const MessageType type = type_named(take("a type of message"));
        const std::uint32_t from = take_server();
        take_word("to");
        const std::uint32_t to = take_server();
        take_word("term");
        Message message = message_of(type, from, to, number(take("a term")));
        while (!words_.empty()) {
            const auto [key, value] = pair_in(take("a field"));
            if (key == "position") {
                message.position = position_in(value);
            } else if (key == "hint") {
                message.hint = position_in(value);
            } else if (key == "commit") {
                message.commit = LogIndex{number(value)};
            } else if (key == "round") {
                message.round = number(value);
            } else if (key == "reject") {
                message.reject = truth(value);
            } else if (key == "terms") {
                LogIndex index = message.position.index;
                std::istringstream terms(value);
                for (std::string term; std::getline(terms, term, ',');) {
                    message.entries.push_back(
                        {Term{number(term)}, ++index, EntryKind::command, Bytes()});
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
        for (LogIndex i{1}; i <= log.last_index(); ++i) out_ += text_of(log.entry(i)) + "\n";
        if (log.last_index().value == 0) out_ += "empty\n";
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
        return {true,          raft.role(),         raft.term(),         raft.leader(),
                raft.log().last(), raft.commit(), host.granted.size(), host.dropped.size()};
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
        if (was.last != now.last) out_ += name + "log to " + text_of(now.last) + "\n";
        if (was.commit != now.commit) {
            out_ += name + "commit " + std::to_string(now.commit.value) + "\n";
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
    std::vector<std::string> words_;
    const std::vector<std::string>* input_ = nullptr;
    std::string out_;
};

const std::map<std::string, void (Player::*)(), std::less<>> Player::kCommands = {
    {"campaign", &Player::campaign},   {"time-out", &Player::time_out},
    {"advance", &Player::advance},     {"beat", &Player::beat},
    {"propose", &Player::propose},     {"unreachable", &Player::unreachable},
    {"read", &Player::read},           {"transfer", &Player::transfer},
    {"crash", &Player::crash},         {"restart", &Player::restart},
    {"disks", &Player::disks},         {"persist", &Player::persist},
    {"deliver", &Player::deliver},     {"drop", &Player::drop},
    {"duplicate", &Player::duplicate}, {"hold", &Player::hold},
    {"release", &Player::release},     {"stabilize", &Player::stabilize},
    {"isolate", &Player::isolate},     {"cut", &Player::cut},
    {"heal", &Player::heal},           {"forge", &Player::forge},
    {"state", &Player::state},         {"log", &Player::log},
    {"wire", &Player::wire}};

[[noreturn]] void fail_at(const std::string& name, std::size_t line, const std::string& what) {
    throw ScriptError(name + ":" + std::to_string(line) + ": " + what);
}

}  // namespace

Script parse_script(std::string name, std::string_view text) {
    Script script;
    script.name = std::move(name);
    script.before.emplace_back();
    const std::vector<std::string> lines = lines_of(text);
    for (std::size_t i = 0; i < lines.size();) {
        if (lines[i].empty() || lines[i][0] == '#') {
            script.before.back() += lines[i++] + "\n";
            continue;
        }
        Step step;
        step.line = i + 1;
        step.command = lines[i++];
        if (step.command == "----") fail_at(script.name, step.line, "there is no command above");
        for (; i < lines.size() && lines[i] != "----"; ++i) {
            if (lines[i].empty()) fail_at(script.name, step.line, "the command has no ----");
            step.input.push_back(lines[i]);
        }
        if (i++ == lines.size()) fail_at(script.name, step.line, "the command has no ----");
        for (; i < lines.size() && !lines[i].empty(); ++i) step.expected += lines[i] + "\n";
        script.steps.push_back(std::move(step));
        script.before.emplace_back();
    }
    return script;
}

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

std::string text_of(const Script& script, const std::vector<std::string>& outputs) {
    std::string text;
    for (std::size_t i = 0; i < script.steps.size(); ++i) {
        const Step& step = script.steps[i];
        text += script.before[i] + step.command + "\n";
        for (const std::string& line : step.input) text += line + "\n";
        text += "----\n" + (i < outputs.size() ? outputs[i] : step.expected);
    }
    return text + script.before.back();
}

std::string difference(const Script& script, const std::vector<std::string>& outputs) {
    std::string text;
    for (std::size_t i = 0; i < script.steps.size(); ++i) {
        const Step& step = script.steps[i];
        if (i >= outputs.size()) {
            return text + script.name + ":" + std::to_string(step.line) + ": is not reached\n";
        }
        if (outputs[i] == step.expected) continue;
        text += script.name + ":" + std::to_string(step.line) + ": " + step.command + "\n";
        for (const std::string& line : lines_of(step.expected)) {
            text += "  expected: " + line + "\n";
        }
        for (const std::string& line : lines_of(outputs[i])) {
            text += "  is:       " + line + "\n";
        }
    }
    return text;
}

}  // namespace novacron::raft
