// SPDX-License-Identifier: MIT
//
// The events of a history file, each as it is written.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/history/form.hpp"

namespace shaketable::history {

enum class EventType : std::uint8_t { invoke, ok, fail, info };

struct Event {
    std::string process;
    bool is_client = true;
    EventType type = EventType::invoke;
    std::string function;
    Form value;
    std::optional<Form> key;
    std::int64_t time_ns = -1;
    std::uint64_t log_index = 0;
    std::size_t at = 0;  // offset of the event
    std::size_t function_at = 0;
};

// Told of each mistake: where, what, a hint.
using Complain = std::function<void(std::size_t at, std::string message, std::string hint)>;

// All events that are well formed; the others are complained of.
std::vector<Event> read_events(std::string_view text, const Complain& complain);

}  // namespace shaketable::history
