// SPDX-License-Identifier: MIT
#include "sim/scenario/other_words.hpp"

#include <algorithm>

namespace shaketable {
namespace {

Node::Entry* find_entry(Node& map, std::string_view key) {
    const auto entry = std::find_if(map.entries.begin(), map.entries.end(),
                                    [&](const Node::Entry& e) { return e.key == key; });
    return entry == map.entries.end() ? nullptr : &*entry;
}

bool is(const Node* node, std::string_view text) {
    return node != nullptr && node->is_scalar() && node->text == text;
}

void use_in_targets(Node& targets) {
    if (Node* rto = targets.find("rto"); rto != nullptr && rto->find("of") == nullptr) {
        Node::Entry* to = find_entry(*rto, "to");
        const bool writable = to != nullptr && is(&to->value, "service.writable");
        if (writable || (to != nullptr && is(&to->value, "service.readable"))) {
            to->key = "of";
            to->value.text = writable ? "write" : "read";
        }
    }
    if (Node* rpo = targets.find("rpo"); rpo != nullptr) {
        std::erase_if(rpo->entries, [](const Node::Entry& entry) {
            return entry.key == "of" && is(&entry.value, "acknowledged_writes_lost");
        });
    }
}

void use_in_check(Node& check) {
    constexpr std::string_view kTrue = " == true";
    for (const std::string_view key : {"at_end", "eventually", "always", "sometime"}) {
        Node* predicate = check.find(key);
        if (predicate == nullptr || !predicate->is_scalar()) continue;
        std::string& text = predicate->text;
        // Measures of services, service.NAME.WORD, are compared for good.
        const bool plain = std::count(text.begin(), text.end(), '.') == 1;
        if (plain && text.ends_with(kTrue)) text.resize(text.size() - kTrue.size());
    }
}

void use_in_fault(Node& fault) {
    Node* with = fault.find("with");
    if (with == nullptr) return;
    if (Node::Entry* latency = find_entry(*with, "fsync_latency");
        latency != nullptr && with->find("sync_latency") == nullptr) {
        latency->key = "sync_latency";
    }
    Node* inject = fault.find("inject");
    if (is(inject, "disk.stall") && with->find("sync_latency") != nullptr) {
        inject->text = "disk.slow";
    }
}

}  // namespace

Node in_our_words(Node root) {
    if (Node* targets = root.find("targets"); targets != nullptr) use_in_targets(*targets);
    if (Node* checks = root.find("checks"); checks != nullptr) {
        for (Node& check : checks->items) use_in_check(check);
    }
    if (Node* faults = root.find("faults"); faults != nullptr) {
        for (Node& fault : faults->items) use_in_fault(fault);
    }
    return root;
}

}  // namespace shaketable
