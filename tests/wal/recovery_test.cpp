// SPDX-License-Identifier: MIT
#include "core/wal/recovery.hpp"

#include <algorithm>
#include <string>

#include "core/base/random.hpp"
#include "core/wal/log.hpp"
#include "tests/catch.hpp"
#include "tests/wal/memory_disk.hpp"

namespace {

using namespace novacron;
using namespace novacron::wal;
using Kind = Damage::Kind;

// What a log ought to say.
struct State {
    HardState hard_state;
    std::vector<Entry> entries;
    friend bool operator==(const State&, const State&) = default;
};
State state_of(const Recovered& recovered) { return {recovered.hard_state, recovered.entries}; }

// Writes what a server might, and keeps the state after each record, as many as there are in the
// log.
class Writer {
public:
    Writer(Log log, State state, Random& random)
        : log_(std::move(log)), now_(std::move(state)), random_(&random), states_{now_} {}

    void write_something() {
        const std::uint64_t what = random_->below(10);
        if (what == 0 || now_.hard_state.term.value == 0) {
            HardState next = now_.hard_state;
            ++next.term;
            next.vote = NodeId{static_cast<std::uint32_t>(random_->below(5))};
            set(next);
        } else if (what == 1) {
            HardState next = now_.hard_state;
            next.commit = next.commit + random_->below(open_entries() / 4 + 1);
            if (next != now_.hard_state) set(next);
        } else if (what == 2 && open_entries() > 0) {
            const LogIndex from = now_.hard_state.commit + 1 + random_->below(open_entries());
            log_.truncate_from(from);
            now_.entries.resize(from.value - 1);
            states_.push_back(now_);
        } else {
            std::vector<std::byte> data(random_->below(40));
            for (auto& b : data) b = static_cast<std::byte>(random_->bits());
            const Entry entry{
                now_.hard_state.term, {now_.entries.size() + 1}, EntryKind::command, Bytes(data)};
            log_.append(entry);
            now_.entries.push_back(entry);
            states_.push_back(now_);
        }
    }
    Log& log() { return log_; }
    const std::vector<State>& states() const { return states_; }

private:
    std::uint64_t open_entries() const {
        return now_.entries.size() - now_.hard_state.commit.value;
    }
    void set(const HardState& state) {
        log_.append(state);
        now_.hard_state = state;
        states_.push_back(now_);
    }

    Log log_;
    State now_;
    Random* random_;
    std::vector<State> states_;
};

Writer writer(MemoryDisk& disk, Random& random, std::uint64_t segment_bytes = 1U << 20U) {
    auto opened = std::get<Opened>(Log::open(disk, {segment_bytes}));
    return {std::move(opened.log), state_of(opened.recovered), random};
}

void sync(MemoryDisk& disk, Log& log, std::uint64_t id) {
    log.sync({id});
    while (!disk.syncs.empty()) (void)log.on_synced(disk.complete_sync(), DiskStatus::ok);
}

// Every record's segment and end, in order; a segment's start counts as one. Starts and seals say
// nothing that the log is asked for.
struct Place {
    std::size_t file;
    std::size_t begin;
    std::size_t end;
    bool is_silent;
};
std::vector<Place> places(const MemoryDisk& disk) {
    std::vector<Place> all;
    for (std::size_t i = 0; i < disk.files.size(); ++i) {
        const auto& content = disk.files[i].content;
        std::size_t at = 0;
        while (const auto record = read_record(content, static_cast<std::uint32_t>(i + 1), at)) {
            const auto type = static_cast<RecordType>(record->type);
            const bool silent = type == RecordType::segment_start || type == RecordType::seal;
            all.push_back({i, at, at + record->size(), silent});
            at += record->size();
        }
    }
    return all;
}

// A log of some 60 records in several segments.
struct Sample {
    MemoryDisk disk;
    std::vector<State> states;
};
Sample sample(std::uint64_t seed, std::uint64_t segment_bytes = 500) {
    Sample made;
    Random random(seed);
    Writer w = writer(made.disk, random, segment_bytes);
    for (std::uint64_t i = 1; i <= 60; ++i) {
        w.write_something();
        if (i % 3 == 0) sync(made.disk, w.log(), i);
    }
    made.states = w.states();
    return made;
}

bool same_files(const MemoryDisk& a, const MemoryDisk& b) {
    return std::equal(
        a.files.begin(), a.files.end(), b.files.begin(), b.files.end(),
        [](const auto& x, const auto& y) { return x.name == y.name && x.content == y.content; });
}

// A log of one segment with these records behind its start.
template <class... Records>
MemoryDisk crafted(const Records&... records) {
    MemoryDisk disk;
    Tail tail;
    std::vector<std::byte> bytes;
    write_record(bytes, tail, SegmentStart{kVersion, 1});
    (write_record(bytes, tail, records), ...);
    disk.content(segment_name(1)) = bytes;
    return disk;
}

Entry entry(std::uint64_t term, std::uint64_t index) {
    return {{term}, {index}, EntryKind::command, {}};
}
HardState term(std::uint64_t term, NodeId vote = NodeId::none()) { return {{term}, vote, {}}; }

HardState committed(std::uint64_t commit) { return {{1}, NodeId::none(), {commit}}; }

Kind kind_of(MemoryDisk disk) {
    const auto result = recover(disk);
    REQUIRE(std::holds_alternative<Damage>(result));
    return std::get<Damage>(result).kind;
}

}  // namespace

TEST_CASE("wal recovery: cut at any byte, a log gives exactly the records wholly before the cut") {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const Sample whole = sample(seed);
        const auto all = places(whole.disk);
        REQUIRE(whole.disk.files.size() >= 3);
        for (std::size_t file = 0; file < whole.disk.files.size(); ++file) {
            for (std::size_t cut = 0; cut <= whole.disk.files[file].content.size(); ++cut) {
                MemoryDisk disk = whole.disk;
                disk.files.resize(file + 1);
                disk.files[file].content.resize(cut);
                std::size_t records = 0;
                std::size_t sound = 0;
                for (const Place& p : all) {
                    if (p.file > file || (p.file == file && p.end > cut)) break;
                    if (!p.is_silent) ++records;
                    sound = p.file == file ? p.end : 0;
                }
                const auto result = recover(disk);
                REQUIRE(std::holds_alternative<Recovery>(result));
                const auto& recovered = std::get<Recovery>(result).recovered;
                REQUIRE(state_of(recovered) == whole.states[records]);
                REQUIRE(recovered.bytes_cut == cut - sound);
            }
        }
    }
}

TEST_CASE("wal recovery: whatever a torn end holds, the records before it are recovered") {
    Random random(1);
    const Sample whole = sample(1, 1U << 20U);
    const auto all = places(whole.disk);
    const std::vector<std::byte>& sound = whole.disk.files[0].content;
    for (std::size_t cut = 1; cut <= sound.size(); ++cut) {
        MemoryDisk disk = whole.disk;
        auto& content = disk.files[0].content;
        content.resize(cut);
        const std::size_t garbage = 1 + random.below(std::min<std::size_t>(cut, 100));
        for (std::size_t i = cut - garbage; i < cut; ++i) {
            content[i] =
                random.below(2) == 0 ? static_cast<std::byte>(random.bits()) : std::byte{0};
        }
        // A byte may have stayed what it was: what counts is the first that differs.
        std::size_t first = cut - garbage;
        while (first < cut && content[first] == sound[first]) ++first;
        std::size_t records = 0;
        for (const Place& p : all) {
            if (p.end <= first && !p.is_silent) ++records;
        }
        const auto result = recover(disk);
        REQUIRE(std::holds_alternative<Recovery>(result));
        REQUIRE(state_of(std::get<Recovery>(result).recovered) == whole.states[records]);
    }
}

TEST_CASE(
    "wal recovery: a flipped bit that no crash explains is reported, and nothing is changed") {
    const Sample whole = sample(2);
    const auto all = places(whole.disk);
    const Place last = all.back();
    REQUIRE(last.is_silent);
    for (const Place& p : all) {
        for (std::size_t byte = p.begin; byte < p.end; ++byte) {
            MemoryDisk disk = whole.disk;
            disk.files[p.file].content[byte] ^= std::byte{0x10};
            const MemoryDisk before = disk;
            const auto result = Log::open(disk);
            if (p.file == last.file && p.begin == last.begin) {
                REQUIRE(std::holds_alternative<Opened>(result));
                continue;
            }
            REQUIRE(std::holds_alternative<Damage>(result));
            REQUIRE(std::get<Damage>(result) ==
                    Damage{Kind::broken_record, disk.files[p.file].name, p.begin});
            REQUIRE(same_files(disk, before));
        }
    }
}

// A crash of the process keeps what was handed to the disk, synced or not.
TEST_CASE("wal recovery: damage to the last record is reported, as soon as its sync has been") {
    for (const std::uint64_t segment_bytes : {500U, 1U << 20U}) {
        Random random(7);
        MemoryDisk disk;
        Writer w = writer(disk, random, segment_bytes);
        for (std::uint64_t i = 1; i <= 60; ++i) {
            w.write_something();
            sync(disk, w.log(), i);
            const auto all = places(disk);
            const auto last = std::find_if(all.rbegin(), all.rend(),
                                           [](const Place& p) { return !p.is_silent; });
            REQUIRE(last != all.rend());
            for (std::size_t byte = last->begin; byte < last->end; ++byte) {
                MemoryDisk rotten = disk;
                rotten.files[last->file].content[byte] ^= std::byte{0x01};
                const auto result = Log::open(rotten);
                REQUIRE(std::holds_alternative<Damage>(result));
                REQUIRE(std::get<Damage>(result) ==
                        Damage{Kind::broken_record, disk.files[last->file].name, last->begin});
            }
        }
    }
}

// The limit of it: the seal has not become durable, and the power takes it.
TEST_CASE("wal recovery: damage to what lost its seal with the power looks like a torn tail") {
    Random random(7);
    MemoryDisk disk;
    Writer w = writer(disk, random);
    for (std::uint64_t i = 1; i <= 5; ++i) {
        w.write_something();
        sync(disk, w.log(), i);
    }
    for (auto& file : disk.files) file.content.resize(file.durable);
    disk.files[0].content.back() ^= std::byte{0x01};
    const auto opened = std::get<Opened>(Log::open(disk));
    CHECK(opened.recovered.bytes_cut > 0);
    CHECK(state_of(opened.recovered) == w.states()[4]);
}

// Each file ends at any byte of what was pending, and is garbage from any byte of that on.
TEST_CASE("wal recovery: whatever the power leaves of what is pending, seals are no damage") {
    for (const std::uint64_t segment_bytes : {200U, 1U << 20U}) {
        Random random(3);
        MemoryDisk disk;
        Writer w = writer(disk, random, segment_bytes);
        std::size_t safe = 0;
        for (std::uint64_t i = 1; i <= 24; ++i) {
            w.write_something();
            w.log().sync({i});
            const std::size_t covered = w.states().size() - 1;
            if (i % 4 == 0) w.write_something();
            for (const bool done : {false, true}) {
                while (done && !disk.syncs.empty()) {
                    REQUIRE(w.log().on_synced(disk.complete_sync(), DiskStatus::ok));
                }
                if (done) safe = covered;
                const MemoryDisk::File last = disk.files.back();
                for (std::size_t size = last.durable; size <= last.content.size(); ++size) {
                    for (std::size_t sound = last.durable; sound <= size; ++sound) {
                        MemoryDisk left = disk;
                        auto& content = left.files.back().content;
                        content.resize(size);
                        for (std::size_t at = sound; at < size; ++at) {
                            content[at] = static_cast<std::byte>(random.bits());
                        }
                        const auto result = recover(left);
                        REQUIRE(std::holds_alternative<Recovery>(result));
                        const State found = state_of(std::get<Recovery>(result).recovered);
                        bool is_prefix = false;
                        for (std::size_t s = safe; s < w.states().size(); ++s) {
                            is_prefix = is_prefix || w.states()[s] == found;
                        }
                        REQUIRE(is_prefix);
                    }
                }
            }
        }
    }
}

TEST_CASE("wal recovery: a file that the disk can't read is named, and nothing is changed") {
    const Sample whole = sample(2);
    for (const MemoryDisk::File& file : whole.disk.files) {
        MemoryDisk disk = whole.disk;
        disk.unreadable = file.name;
        const auto result = Log::open(disk);
        REQUIRE(std::holds_alternative<Damage>(result));
        REQUIRE(std::get<Damage>(result) == Damage{Kind::unreadable, file.name, 0});
        REQUIRE(same_files(disk, whole.disk));
    }
}

TEST_CASE("wal recovery: a segment that is gone, short, swapped or doubled is reported") {
    const Sample whole = sample(3);
    REQUIRE(whole.disk.files.size() >= 4);
    {
        MemoryDisk disk = whole.disk;
        disk.remove(segment_name(2));
        CHECK(kind_of(disk) == Kind::missing_segment);
    }
    {
        MemoryDisk disk = whole.disk;
        disk.remove(segment_name(1));
        CHECK(kind_of(disk) == Kind::missing_segment);
    }
    {
        MemoryDisk disk = whole.disk;
        std::swap(disk.files[1].content, disk.files[2].content);
        CHECK(kind_of(disk) == Kind::broken_record);
    }
    {
        MemoryDisk disk = whole.disk;
        disk.files[2].content = disk.files[1].content;
        CHECK(kind_of(disk) == Kind::broken_record);
    }
    {
        MemoryDisk disk = whole.disk;
        disk.files[1].content.clear();
        CHECK(kind_of(disk) == Kind::broken_record);
    }
    const auto all = places(whole.disk);
    for (const Place& p : all) {  // at a record's border: the rest is whole, only the chain tells
        if (p.file + 1 == whole.disk.files.size()) continue;
        if (p.end == whole.disk.files[p.file].content.size()) continue;
        MemoryDisk disk = whole.disk;
        disk.files[p.file].content.resize(p.end);
        REQUIRE(kind_of(disk) == Kind::wrong_order);
    }
}

TEST_CASE("wal recovery: a segment of an earlier life of the log is reported") {
    MemoryDisk now = sample(4).disk;
    const MemoryDisk earlier = sample(5).disk;
    now.files[1].content = earlier.files[1].content;
    CHECK(kind_of(now) == Kind::wrong_order);
}

TEST_CASE("wal recovery: records that contradict each other are reported") {
    const NodeId a{0};
    const NodeId b{1};
    CHECK(kind_of(crafted(term(1), entry(1, 2))) == Kind::contradiction);
    CHECK(kind_of(crafted(term(1), entry(1, 1), entry(1, 3))) == Kind::contradiction);
    CHECK(kind_of(crafted(term(1), entry(1, 1), entry(1, 1))) == Kind::contradiction);
    CHECK(kind_of(crafted(term(1), entry(2, 1))) == Kind::contradiction);
    CHECK(kind_of(crafted(term(2), entry(2, 1), entry(1, 2))) == Kind::contradiction);
    CHECK(kind_of(crafted(term(2), term(1))) == Kind::contradiction);
    CHECK(kind_of(crafted(term(1, a), term(1, b))) == Kind::contradiction);
    CHECK(kind_of(crafted(term(1, a), term(1))) == Kind::contradiction);
    CHECK(kind_of(crafted(term(1), Truncate{{1}})) == Kind::contradiction);
    CHECK(kind_of(crafted(term(1), entry(1, 1), Truncate{{0}})) == Kind::contradiction);
    CHECK(kind_of(crafted(term(1), entry(1, 1), Truncate{{2}})) == Kind::contradiction);
    CHECK(kind_of(crafted(committed(1))) == Kind::contradiction);
    CHECK(kind_of(crafted(term(1), entry(1, 1), committed(1), Truncate{{1}})) ==
          Kind::contradiction);
    CHECK(kind_of(crafted(SegmentStart{kVersion, 1})) == Kind::contradiction);
}

TEST_CASE("wal recovery: a vote may be given later in its term, and anew in the next") {
    MemoryDisk disk = crafted(term(1), term(1, NodeId{0}), term(2, NodeId{1}));
    const auto result = recover(disk);
    REQUIRE(std::holds_alternative<Recovery>(result));
    CHECK(std::get<Recovery>(result).recovered.hard_state == term(2, NodeId{1}));
}

TEST_CASE("wal recovery: a log of another version is refused") {
    MemoryDisk disk;
    Tail tail;
    std::vector<std::byte> bytes;
    write_record(bytes, tail, SegmentStart{kVersion + 1, 1});
    disk.content(segment_name(1)) = bytes;
    CHECK(kind_of(disk) == Kind::unknown_format);
}

TEST_CASE("wal recovery: a segment that doesn't begin with its own start is reported") {
    const auto beginning_with = [](const auto& record) {
        MemoryDisk disk;
        Tail tail;
        write_record(disk.content(segment_name(1)), tail, record);
        return disk;
    };
    CHECK(kind_of(beginning_with(term(1))) == Kind::contradiction);
    CHECK(kind_of(beginning_with(SegmentStart{kVersion, 2})) == Kind::contradiction);
}

TEST_CASE("wal recovery: other files beside the segments are left alone") {
    MemoryDisk disk = sample(1).disk;
    for (const char* name : {"snapshot", "wal", "wal-1", "wal-00000000x1", "wal-9999999999"}) {
        disk.content(name) = {std::byte{1}};
    }
    CHECK(std::holds_alternative<Recovery>(recover(disk)));
}

TEST_CASE("wal recovery: a torn entry that holds a copy of the log is torn, not damage") {
    MemoryDisk disk = sample(1, 1U << 20U).disk;
    const std::vector<std::byte> copy = disk.files[0].content;
    Random random(1);
    {
        Writer w = writer(disk, random);
        const State now = w.states().back();
        w.log().append(
            Entry{now.hard_state.term, {now.entries.size() + 1}, EntryKind::command, Bytes(copy)});
        w.log().sync({1});
    }
    disk.files[0].content.pop_back();
    const auto result = recover(disk);
    REQUIRE(std::holds_alternative<Recovery>(result));
    CHECK(std::get<Recovery>(result).tail.offset == copy.size());
}

// A fault once found in etcd: replay brought entries back that a truncation had voided, so that a
// server came back with a longer log than it had acknowledged, and voted by it.
TEST_CASE("wal recovery: cut anywhere, an overwritten tail never mixes with what replaced it") {
    MemoryDisk whole;
    {
        Log log = std::get<Opened>(Log::open(whole)).log;
        log.append(term(1));
        for (std::uint64_t i = 1; i <= 5; ++i) log.append(entry(1, i));
        log.append(term(2));
        log.truncate_from({3});
        log.append(entry(2, 3));
        log.append(entry(2, 4));
        log.sync({1});
    }
    const std::size_t size = whole.files[0].content.size();
    for (std::size_t cut = 0; cut <= size; ++cut) {
        MemoryDisk disk = whole;
        disk.files[0].content.resize(cut);
        const auto opened = std::get<Opened>(Log::open(disk));
        const std::vector<Entry>& entries = opened.recovered.entries;
        const auto is_new = [](const Entry& e) { return e.term == Term{2}; };
        const bool any_new = std::any_of(entries.begin(), entries.end(), is_new);
        if (any_new) {
            REQUIRE(entries.size() <= 4);
            REQUIRE(is_new(entries[2]));
            REQUIRE(is_new(entries.back()));
        }
        if (cut == size) REQUIRE(entries.size() == 4);
    }
}

TEST_CASE("wal recovery: through life after life of lost power, no acknowledged record is lost") {
    int torn = 0;
    std::size_t most_segments = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        MemoryDisk disk;
        for (int life = 0; life < 12; ++life) {
            Writer w = writer(disk, random, 300);
            std::vector<std::size_t> appended(1, 0);  // by sync: states before it
            std::size_t safe = 0;                     // states that must survive
            const std::uint64_t steps = random.below(60);
            for (std::uint64_t i = 0; i < steps; ++i) {
                if (appended.size() > 1 || life == 0) w.write_something();
                if (random.below(3) == 0 || i == 0) {
                    w.log().sync({appended.size()});
                    appended.push_back(w.states().size() - 1);
                }
                if (!disk.syncs.empty() && random.below(2) == 0) {
                    const SyncId id = disk.complete_sync();
                    REQUIRE(w.log().on_synced(id, DiskStatus::ok));
                    safe = appended[id.value];
                }
            }
            disk.syncs.clear();
            for (auto& file : disk.files) {  // each file loses its own part of what is pending
                const std::size_t pending = file.content.size() - file.durable;
                const std::size_t kept = random.below(pending + 1);
                file.content.resize(file.durable + kept);
                const std::size_t garbage = random.below(2) * random.below(kept + 1);
                for (std::size_t i = file.content.size() - garbage; i < file.content.size(); ++i) {
                    file.content[i] = static_cast<std::byte>(random.bits());
                }
                file.durable = file.content.size();
            }
            const auto result = recover(disk);
            REQUIRE(std::holds_alternative<Recovery>(result));
            const Recovered& recovered = std::get<Recovery>(result).recovered;
            torn += recovered.bytes_cut > 0 ? 1 : 0;
            most_segments = std::max(most_segments, disk.files.size());
            bool is_prefix = false;
            for (std::size_t i = safe; i < w.states().size(); ++i) {
                is_prefix = is_prefix || w.states()[i] == state_of(recovered);
            }
            REQUIRE(is_prefix);
        }
    }
    CHECK(torn > 100);  // the test has seen what it is about
    CHECK(most_segments >= 5);
}

TEST_CASE(
    "wal recovery: random bytes and random changes never crash it, and open or are left alone") {
    Random random(1);
    const Sample whole = sample(6);
    int damaged = 0;
    for (int round = 0; round < 3000; ++round) {
        INFO("round " << round << " of seed 1");
        MemoryDisk disk;
        if (round % 2 == 0) {
            disk = whole.disk;
            auto& content = disk.files[random.below(disk.files.size())].content;
            const std::uint64_t changes = 1 + random.below(4);
            for (std::uint64_t i = 0; i < changes && !content.empty(); ++i) {
                const std::size_t at = random.below(content.size());
                const auto where = content.begin() + static_cast<std::ptrdiff_t>(at);
                const std::uint64_t what = random.below(4);
                if (what == 0) *where = static_cast<std::byte>(random.bits());
                if (what == 1) content.erase(where);
                if (what == 2) content.insert(where, static_cast<std::byte>(random.bits()));
                if (what == 3) content.resize(at);
            }
        } else {
            auto& content = disk.content(segment_name(1));
            content.resize(random.below(400));
            for (auto& b : content) b = static_cast<std::byte>(random.bits());
            // Frames that look right get deeper into the reader.
            for (std::size_t at = 0; at + 16 <= content.size(); at += 16 + random.below(30)) {
                content[at + 8] = static_cast<std::byte>(random.below(64));
                content[at + 9] = content[at + 10] = content[at + 11] = std::byte{0};
                content[at + 12] = static_cast<std::byte>(random.below(6));
                content[at + 13] = std::byte{'w'};
                content[at + 14] = std::byte{'a'};
                content[at + 15] = std::byte{'l'};
            }
        }
        const MemoryDisk before = disk;
        const auto result = Log::open(disk);
        if (std::holds_alternative<Damage>(result)) {
            ++damaged;
            REQUIRE(same_files(disk, before));
        } else {
            REQUIRE(std::holds_alternative<Recovery>(recover(disk)));
            REQUIRE(std::get<Recovery>(recover(disk)).recovered.bytes_cut == 0);
        }
    }
    CHECK(damaged > 500);
}
