// SPDX-License-Identifier: MIT
#include "core/raft/codec.hpp"

#include <limits>

#include "core/base/check.hpp"
#include "core/base/crc32c.hpp"
#include "core/base/little_endian.hpp"

namespace novacron::raft {
namespace {

constexpr std::size_t kChecksumSize = 4;
constexpr std::size_t kHeadSize = 104;
constexpr std::size_t kEntryHeadSize = 13;
constexpr std::size_t kPartHeadSize = 16;

constexpr std::uint8_t kReject = 1;
constexpr std::uint8_t kByTransfer = 2;

constexpr auto kLastType = static_cast<std::uint8_t>(MessageType::read_reply);
constexpr auto kLastKind = static_cast<std::uint8_t>(kLastEntryKind);

// The fields of a message one after another, in the order of the layout.
class Writer {
public:
    explicit Writer(std::byte* at) : at_(at) {}
    template <class Integer>
    void put(Integer value) {
        store(at_, value);
        at_ += sizeof value;
    }
    void put(LogPosition position) {
        put(position.term.value);
        put(position.index.value);
    }
    void put(std::span<const std::byte> bytes) {
        if (bytes.empty()) return;
        std::memcpy(at_, bytes.data(), bytes.size());
        at_ += bytes.size();
    }

private:
    std::byte* at_;
};

class Reader {
public:
    explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}
    std::size_t left() const { return bytes_.size(); }
    // REQUIRES: so much is left, here and below.
    std::span<const std::byte> take(std::size_t size) {
        const auto taken = bytes_.first(size);
        bytes_ = bytes_.subspan(size);
        return taken;
    }
    template <class Integer>
    Integer get() {
        return load<Integer>(take(sizeof(Integer)).data());
    }
    LogPosition position() {
        const Term term{get<std::uint64_t>()};
        return {term, LogIndex{get<std::uint64_t>()}};
    }

private:
    std::span<const std::byte> bytes_;
};

std::optional<WireError> decode_entries(Reader& reader, std::uint32_t count, Message& message) {
    message.entries.clear();
    if (count > 0 && message.type != MessageType::append) return WireError::misplaced_entries;
    if (count > reader.left() / kEntryHeadSize) return WireError::too_short;
    message.entries.reserve(count);
    LogPosition last = message.position;
    for (std::uint32_t i = 0; i < count; ++i) {
        if (reader.left() < kEntryHeadSize) return WireError::too_short;
        const Term term{reader.get<std::uint64_t>()};
        const auto kind = reader.get<std::uint8_t>();
        const auto length = reader.get<std::uint32_t>();
        if (kind > kLastKind) return WireError::unknown_kind;
        if (length > reader.left()) return WireError::too_short;
        if (term < last.term || term > message.term) return WireError::misplaced_entries;
        last = {term, last.index + 1};
        message.entries.push_back(
            {term, last.index, static_cast<EntryKind>(kind), Bytes(reader.take(length))});
    }
    if (reader.left() > 0) return WireError::wrong_length;
    return std::nullopt;
}

std::optional<WireError> decode_part(Reader& reader, Message& message) {
    message.part = {};
    if (message.type != MessageType::snapshot) return std::nullopt;
    if (reader.left() < kPartHeadSize) return WireError::too_short;
    message.part.size = reader.get<std::uint64_t>();
    message.part.checksum = reader.get<std::uint32_t>();
    const auto length = reader.get<std::uint32_t>();
    if (length > reader.left()) return WireError::too_short;
    message.part.configuration = Bytes(reader.take(length));
    message.part.bytes = Bytes(reader.take(reader.left()));
    return std::nullopt;
}

}  // namespace

std::string_view words_of(WireError error) {
    switch (error) {
        case WireError::too_short: return "the message ends too soon";
        case WireError::wrong_length: return "the message has another length than it says";
        case WireError::wrong_checksum: return "the checksum does not fit";
        case WireError::unknown_version: return "the message is of an unknown version";
        case WireError::unknown_type: return "the message is of an unknown type";
        case WireError::unknown_flags: return "the message has unknown flags";
        case WireError::unknown_kind: return "an entry is of an unknown kind";
        case WireError::misplaced_entries: return "the entries can't be where they are";
    }
    return "";
}

void encode(const Message& message, std::vector<std::byte>& out) {
    std::size_t size = kHeadSize;
    LogPosition last = message.position;
    for (const Entry& entry : message.entries) {
        check(entry.index == last.index + 1 && entry.term >= last.term &&
                  entry.term <= message.term,
              "the entries of a message follow on its position");
        last = {entry.term, entry.index};
        size += kEntryHeadSize + entry.data.size();
    }
    check(message.entries.empty() || message.type == MessageType::append,
          "an append carries entries, nothing else does");
    const bool has_part = message.type == MessageType::snapshot;
    if (has_part) {
        size += kPartHeadSize + message.part.configuration.size() + message.part.bytes.size();
    }
    check(size <= std::numeric_limits<std::uint32_t>::max(), "a message is shorter than 4 GiB");

    const std::size_t begin = out.size();
    out.resize(begin + size);
    std::byte* const start = out.data() + begin;
    Writer writer(start + kChecksumSize);
    writer.put(static_cast<std::uint32_t>(size));
    writer.put(kWireVersion);
    writer.put(static_cast<std::uint8_t>(message.type));
    writer.put(static_cast<std::uint8_t>((message.reject ? kReject : 0) |
                                         (message.by_transfer ? kByTransfer : 0)));
    writer.put(std::uint8_t{0});
    writer.put(static_cast<std::uint32_t>(message.entries.size()));
    writer.put(message.from.value);
    writer.put(message.to.value);
    writer.put(message.term.value);
    writer.put(message.position);
    writer.put(message.hint);
    writer.put(message.commit.value);
    writer.put(message.round);
    writer.put(message.offset);
    writer.put(static_cast<std::uint64_t>(message.sent_at.ns));
    writer.put(static_cast<std::uint64_t>(message.promise.ns));
    for (const Entry& entry : message.entries) {
        writer.put(entry.term.value);
        writer.put(static_cast<std::uint8_t>(entry.kind));
        writer.put(static_cast<std::uint32_t>(entry.data.size()));
        writer.put(entry.data.view());
    }
    if (has_part) {
        writer.put(message.part.size);
        writer.put(message.part.checksum);
        writer.put(static_cast<std::uint32_t>(message.part.configuration.size()));
        writer.put(message.part.configuration.view());
        writer.put(message.part.bytes.view());
    }
    store(start, crc32c({start + kChecksumSize, size - kChecksumSize}));
}

std::optional<WireError> decode(std::span<const std::byte> bytes, Message& message) {
    if (bytes.size() < kHeadSize) return WireError::too_short;
    Reader reader(bytes);
    const auto checksum = reader.get<std::uint32_t>();
    if (reader.get<std::uint32_t>() != bytes.size()) return WireError::wrong_length;
    if (crc32c(bytes.subspan(kChecksumSize)) != checksum) return WireError::wrong_checksum;
    if (reader.get<std::uint8_t>() != kWireVersion) return WireError::unknown_version;
    const auto type = reader.get<std::uint8_t>();
    if (type > kLastType) return WireError::unknown_type;
    const auto flags = reader.get<std::uint8_t>();
    const auto zero = reader.get<std::uint8_t>();
    if ((flags & ~(kReject | kByTransfer)) != 0 || zero != 0) return WireError::unknown_flags;
    const auto entries = reader.get<std::uint32_t>();
    message.type = static_cast<MessageType>(type);
    message.reject = (flags & kReject) != 0;
    message.by_transfer = (flags & kByTransfer) != 0;
    message.from = NodeId{reader.get<std::uint32_t>()};
    message.to = NodeId{reader.get<std::uint32_t>()};
    message.term = Term{reader.get<std::uint64_t>()};
    message.position = reader.position();
    message.hint = reader.position();
    message.commit = LogIndex{reader.get<std::uint64_t>()};
    message.round = reader.get<std::uint64_t>();
    message.offset = reader.get<std::uint64_t>();
    message.sent_at = Instant{static_cast<std::int64_t>(reader.get<std::uint64_t>())};
    message.promise = Duration{static_cast<std::int64_t>(reader.get<std::uint64_t>())};
    if (const auto error = decode_part(reader, message)) return error;
    return decode_entries(reader, entries, message);
}

}  // namespace novacron::raft
