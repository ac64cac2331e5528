// SPDX-License-Identifier: MIT
#include "sim/backup/site_state.hpp"

#include <optional>

#include "core/base/check.hpp"
#include "core/base/little_endian.hpp"
#include "core/kv/store.hpp"
#include "sim/site/site_commands.hpp"

namespace shaketable {

std::vector<std::byte> site_state(std::span<const std::byte> store) {
    const auto get = [&store] {
        novacron::check(store.size() >= sizeof(std::uint64_t), "a store's bytes are whole");
        const auto word = novacron::load<std::uint64_t>(store.data());
        store = store.subspan(sizeof word);
        return word;
    };
    std::vector<std::byte> state;
    const auto put = [](std::vector<std::byte>& bytes, std::uint64_t word) {
        bytes.resize(bytes.size() + sizeof word);
        novacron::store(bytes.data() + bytes.size() - sizeof word, word);
    };
    const auto put_list = [&](std::uint64_t count, const std::vector<std::byte>& words) {
        put(state, count);
        state.insert(state.end(), words.begin(), words.end());
    };
    std::vector<std::byte> words;
    std::uint64_t kept = 0;
    for (std::uint64_t left = get(); left > 0; --left) {
        const std::uint64_t key = get();
        const std::uint64_t value = get();
        if (key == detail::kSiteKey) continue;
        put(words, key);
        put(words, value);
        ++kept;
    }
    put_list(kept, words);
    words.clear();
    kept = 0;
    for (std::uint64_t left = get(); left > 0; --left) {
        novacron::kv::Command last;
        last.client.value = get();
        last.sequence = get();
        get();  // the entry
        if (kind_of(last)) continue;
        put(words, last.client.value);
        put(words, last.sequence);
        put(words, 0);
        ++kept;
    }
    put_list(kept, words);
    return state;
}

std::uint64_t site_state_digest(std::span<const std::byte> store) {
    const auto decoded = novacron::kv::Store::decode(site_state(store));
    novacron::check(decoded.has_value(), "a state of a site is a store's");
    return decoded->digest();
}

}  // namespace shaketable
