// SPDX-License-Identifier: MIT
#include <algorithm>
#include <variant>
#include <vector>

#include "core/base/check.hpp"
#include "core/wal/log.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/wal/memory_disk.hpp"

namespace fuzz {
namespace {

using namespace novacron;

// Small segments, so that short programs fill several.
constexpr wal::LogOptions kOptions{128};

void check_coherent(const wal::Recovered& recovered) {
    Term last;
    LogIndex index;
    for (const Entry& entry : recovered.entries) {
        check(index.value == 0 || entry.index == index + 1, "entries are contiguous");
        check(entry.term >= last && entry.term <= recovered.hard_state.term,
              "terms never fall, and none is later than the hard state's");
        last = entry.term;
        index = entry.index;
    }
    check(recovered.hard_state.commit <= index || recovered.entries.empty(),
          "the commit index is in the log");
}

void open_twice(MemoryDisk& disk) {
    auto once = wal::Log::open(disk, kOptions);
    if (std::holds_alternative<wal::Damage>(once)) return;
    const wal::Recovered& recovered = std::get<wal::Opened>(once).recovered;
    check_coherent(recovered);
    auto again = wal::Log::open(disk, kOptions);
    check(std::holds_alternative<wal::Opened>(again), "what opened opens again");
    const wal::Recovered& same = std::get<wal::Opened>(again).recovered;
    check(same.hard_state == recovered.hard_state && same.entries == recovered.entries,
          "a log that opens again says the same");
}

class Program {
public:
    Program(Input input, MemoryDisk& disk)
        : input_(input), disk_(disk), opened_(wal::Log::open(disk, kOptions)) {}

    void run() {
        wal::Log& log = std::get<wal::Opened>(opened_).log;
        while (!input_.empty()) {
            switch (next() % 8) {
                case 0: state_.term = state_.term + 1, state_.vote = NodeId{next()}; break;
                case 1: state_.commit = std::min(log.last_index(), state_.commit + next()); break;
                case 2: {
                    const LogIndex from = state_.commit + 1 + next();
                    log.append(state_);
                    if (from <= log.last_index()) log.truncate_from(from);
                    break;
                }
                case 3: sync(log); break;
                case 4: damage(); return;
                case 5: cut(); return;
                default: {
                    log.append(state_);
                    const std::vector<std::byte> data(next() % 32, std::byte{next()});
                    log.append(Entry{state_.term, log.last_index() + 1, EntryKind::command,
                                     Bytes(data)});
                }
            }
        }
        log.append(state_);
        sync(log);
    }

private:
    std::uint8_t next() {
        if (input_.empty()) return 0;
        const std::uint8_t byte = input_.front();
        input_ = input_.subspan(1);
        return byte;
    }
    void sync(wal::Log& log) {
        log.sync(++sync_);
        while (!disk_.syncs.empty()) {
            const SyncId done = disk_.complete_sync();
            check(log.on_synced(done, DiskStatus::ok), "a sync that is done counts");
        }
    }
    MemoryDisk::File* any_file() {
        return disk_.files.empty() ? nullptr : &disk_.files[next() % disk_.files.size()];
    }
    void damage() {
        while (!input_.empty()) {
            MemoryDisk::File* file = any_file();
            const std::size_t at = next() * 256U + next();
            if (file == nullptr || at >= file->content.size()) continue;
            file->content[at] = std::byte{next()};
        }
    }
    void cut() {
        MemoryDisk::File* file = any_file();
        if (file == nullptr) return;
        const std::size_t size = file->content.size();
        file->content.resize(size - std::min<std::size_t>(next(), size));
    }

    Input input_;
    MemoryDisk& disk_;
    std::variant<wal::Opened, wal::Damage> opened_;
    HardState state_{Term{1}, NodeId::none(), LogIndex{}};
    SyncId sync_;
};

}  // namespace

void wal(Input input) {
    if (input.empty()) return;
    MemoryDisk disk;
    if (input[0] == 0) {
        disk.append(disk.open(novacron::wal::segment_name(1)), std::as_bytes(input.subspan(1)));
    } else {
        Program(input.subspan(1), disk).run();
    }
    open_twice(disk);
}

}  // namespace fuzz
