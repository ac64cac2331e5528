// SPDX-License-Identifier: MIT
#include "core/kv/store.hpp"

#include "core/base/digest.hpp"

namespace novacron::kv {
namespace {

// Parts of the state, told apart by a salt.
std::uint64_t register_digest(Key key, Value value) { return stir(stir(key, 1), value); }
std::uint64_t session_digest(std::uint64_t client, std::uint64_t sequence, LogIndex index) {
    return stir(stir(stir(client, 2), sequence), index.value);
}

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

std::optional<Value> Store::read(Key key) const {
    const Value* value = registers_.find(key);
    if (value == nullptr) return std::nullopt;
    return *value;
}

}  // namespace novacron::kv
