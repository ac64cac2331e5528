// SPDX-License-Identifier: MIT
//
// What clients asked of a data store, when, and what they were told: the only thing a check of
// consistency may look at.
//
// Intuition: an operation is an interval between two events, its invocation and its completion. An
// operation whose completion says nothing certain (a time-out, a crash, the end of the file) may
// take effect at any time after its invocation, or never. One that failed for certain took no
// effect and is not here. A read without an answer says nothing.
//
// Values, keys and lists are numbers here: equal exactly if what they stand for is written alike.
//
// Invariants: (1) operations are in the order of their invocations. (2) events count from 0 over
//             the whole history; no two operations share one. (3) an operation that is known ended
//             after it began.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/base/flat_map.hpp"

namespace shaketable::history {

// register: one register, or one for each key. list_append: one list, or one for each key.
enum class Model : std::uint8_t { single_register, kv, list_append };

enum class Function : std::uint8_t { read, write, compare_and_set, append };

using Value = std::uint32_t;
constexpr Value kNil = 0;  // what a register holds before it is written; the empty list

constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();

struct Operation {
    std::uint32_t process = 0;  // into History::processes
    Function function = Function::read;
    std::uint32_t key = 0;      // into History::keys
    Value expected = kNil;      // of a compare-and-set: what must be there; of a read: what was
    Value value = kNil;         // written or appended
    std::uint32_t invoked = 0;  // event
    std::uint32_t completed = kNever;  // event; never: it may have taken effect, or may yet
    std::uint64_t log_index = 0;       // where a log ordered it, if that is known; else 0
    std::int64_t invoked_ns = -1;      // instants, if known: for people, never for a verdict
    std::int64_t completed_ns = -1;
    std::uint32_t invoked_line = 0;  // of the file, from 1; 0 if there is none
    std::uint32_t completed_line = 0;

    bool known() const { return completed != kNever; }
};

// Lists, each made of a shorter one and one more element. List 0 is empty.
class Lists {
public:
    Lists() : nodes_(1) {}
    std::uint32_t extended(std::uint32_t list, Value element) {
        const auto [child, is_new] = children_.insert(edge(list, element));
        if (is_new) {
            *child = static_cast<std::uint32_t>(nodes_.size());
            nodes_.push_back({list, element, nodes_[list].length + 1});
        }
        return *child;
    }
    // kNever if there is no such list.
    std::uint32_t find_extended(std::uint32_t list, Value element) const {
        const std::uint32_t* child = children_.find(edge(list, element));
        return child == nullptr ? kNever : *child;
    }
    std::uint32_t shorter(std::uint32_t list) const { return nodes_[list].shorter; }
    std::uint32_t length(std::uint32_t list) const { return nodes_[list].length; }
    Value last(std::uint32_t list) const { return nodes_[list].last; }
    std::size_t size() const { return nodes_.size(); }

private:
    struct Node {
        std::uint32_t shorter = 0;
        Value last = kNil;
        std::uint32_t length = 0;
    };
    static std::uint64_t edge(std::uint32_t list, Value element) {
        return (std::uint64_t{list} << 32U) | element;
    }
    std::vector<Node> nodes_;
    novacron::FlatMap<std::uint32_t> children_;
};

struct History {
    Model model = Model::single_register;
    std::vector<Operation> operations;
    std::vector<std::string> processes;  // as they are written
    std::vector<std::string> keys = {""};
    std::vector<std::string> values = {"nil"};  // as they are written
    Lists lists;                                // what reads of lists returned
    std::uint32_t events = 0;
    std::uint32_t lines = 0;    // of the file
    std::uint64_t failed = 0;   // operations that took no effect for certain
    std::uint64_t ignored = 0;  // events of other processes than clients
};

// "write 3", "read [1 2]", "cas [0 2]", "append 4"; a key goes before: "7: write 3".
std::string text_of(const History& history, const Operation& operation);
// A value, or a list of values.
std::string text_of_value(const History& history, Value value);

}  // namespace shaketable::history
