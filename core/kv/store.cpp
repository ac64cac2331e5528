// SPDX-License-Identifier: MIT
#include "core/kv/store.hpp"

#include "core/base/digest.hpp"
#include "core/base/little_endian.hpp"

namespace novacron::kv {
namespace {

// Parts of the state, told apart by a salt.
std::uint64_t register_digest(Key key, Value value) { return stir(stir(key, 1), value); }
std::uint64_t session_digest(std::uint64_t client, std::uint64_t sequence, LogIndex index) {
    return stir(stir(stir(client, 2), sequence), index.value);
}

constexpr std::size_t kRegisterSize = 16;
constexpr std::size_t kSessionSize = 24;

}  // namespace

std::optional<Applied> Store::apply(LogIndex index, const Command& command) {
    const auto [session, is_new] = sessions_.insert(command.client.value);
    Session& last = *session;
    if (!is_new && command.sequence == last.sequence) return Applied{last.index, true};
    if (!is_new && command.sequence < last.sequence) return std::nullopt;

    const auto [value, is_first] = registers_.insert(command.key);
    if (!is_first) digest_ -= register_digest(command.key, *value);
    *value = command.value;
    digest_ += register_digest(command.key, command.value);

    if (!is_new) digest_ -= session_digest(command.client.value, last.sequence, last.index);
    last = {command.sequence, index};
    digest_ += session_digest(command.client.value, last.sequence, last.index);
    return Applied{index, false};
}

std::size_t Store::encoded_size() const {
    return 16 + registers_.size() * kRegisterSize + sessions_.size() * kSessionSize;
}

std::vector<std::byte> Store::encode() const {
    std::vector<std::byte> bytes;
    bytes.reserve(encoded_size());
    const auto put = [&bytes](std::uint64_t word) {
        bytes.resize(bytes.size() + sizeof word);
        novacron::store(bytes.data() + bytes.size() - sizeof word, word);
    };
    put(registers_.size());
    for (const Key key : registers_.sorted_keys()) {
        put(key);
        put(*registers_.find(key));
    }
    put(sessions_.size());
    for (const std::uint64_t client : sessions_.sorted_keys()) {
        const Session& session = *sessions_.find(client);
        put(client);
        put(session.sequence);
        put(session.index.value);
    }
    return bytes;
}

std::optional<Store> Store::decode(std::span<const std::byte> bytes) {
    Store store;
    const auto get = [&bytes] {
        const auto word = load<std::uint64_t>(bytes.data());
        bytes = bytes.subspan(sizeof word);
        return word;
    };
    // A list's count of records; nothing if they are more than the bytes can hold.
    const auto count = [&](std::size_t record_size) -> std::optional<std::uint64_t> {
        if (bytes.size() < sizeof(std::uint64_t)) return std::nullopt;
        const std::uint64_t records = get();
        if (records > bytes.size() / record_size) return std::nullopt;
        return records;
    };
    std::optional<std::uint64_t> before;  // the key of the record before
    const auto ascends = [&before](std::uint64_t key) {
        const bool ascending = !before || key > *before;
        before = key;
        return ascending;
    };

    const auto registers = count(kRegisterSize);
    if (!registers) return std::nullopt;
    for (std::uint64_t i = 0; i < *registers; ++i) {
        const Key key = get();
        if (!ascends(key)) return std::nullopt;
        const Value value = get();
        *store.registers_.insert(key).first = value;
        store.digest_ += register_digest(key, value);
    }
    before.reset();
    const auto sessions = count(kSessionSize);
    if (!sessions) return std::nullopt;
    for (std::uint64_t i = 0; i < *sessions; ++i) {
        const std::uint64_t client = get();
        if (!ascends(client)) return std::nullopt;
        Session& session = *store.sessions_.insert(client).first;
        session.sequence = get();
        session.index = LogIndex{get()};
        store.digest_ += session_digest(client, session.sequence, session.index);
    }
    if (!bytes.empty()) return std::nullopt;
    return store;
}

std::optional<Value> Store::read(Key key) const {
    const Value* value = registers_.find(key);
    if (value == nullptr) return std::nullopt;
    return *value;
}

}  // namespace novacron::kv
