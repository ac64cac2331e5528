// SPDX-License-Identifier: MIT
#include "core/raft/codec.hpp"

#include <algorithm>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/crc32c.hpp"
#include "core/base/little_endian.hpp"
#include "tests/fuzz/targets.hpp"

namespace fuzz {

using namespace novacron;

void codec(Input input) {
    if (input.empty()) return;
    const auto rest = std::as_bytes(input.subspan(1));
    std::vector<std::byte> bytes(rest.begin(), rest.end());
    if (input[0] % 2 == 1 && bytes.size() >= 8) {
        store(bytes.data() + 4, static_cast<std::uint32_t>(bytes.size()));
        store(bytes.data(), crc32c(std::span(bytes).subspan(4)));
    }
    raft::Message message;
    if (raft::decode(bytes, message)) return;
    std::vector<std::byte> again;
    raft::encode(message, again);
    check(again == bytes, "a message encodes to the bytes that it was decoded from");
}

}  // namespace fuzz
