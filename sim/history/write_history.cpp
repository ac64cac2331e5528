// SPDX-License-Identifier: MIT
#include "sim/history/write_history.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <vector>

namespace shaketable::history {
namespace {

constexpr std::array<std::string_view, 4> kFunctions = {"read", "write", "cas", "append"};

struct Row {
    std::int64_t ns;
    bool ends;
    std::uint32_t operation;
    auto order() const { return std::tuple(ns, ends, operation); }
};

class Writer {
public:
    Writer(const History& history, FileFormat format)
        : history_(history), edn_(format == FileFormat::edn) {}

    std::string line(const Row& row, std::size_t number) {
        const Operation& operation = history_.operations[row.operation];
        const std::string_view type = !row.ends ? "invoke" : operation.known() ? "ok" : "info";
        const std::string value = value_of(operation, row.ends && operation.known());
        const std::string& key = history_.keys[operation.key];
        line_ = "{";
        field("process", history_.processes[operation.process]);
        field("type", word(type));
        field("f", word(kFunctions[static_cast<std::size_t>(operation.function)]));
        if (key.empty()) {
            field("value", value);
        } else if (edn_) {
            field("value", "[" + key + " " + value + "]");
        } else {
            field("key", key);
            field("value", value);
        }
        field("time", std::to_string(row.ns));
        field("index", std::to_string(number));
        if (row.ends && operation.known() && operation.log_index > 0) {
            field(edn_ ? "log-index" : "log_index", std::to_string(operation.log_index));
        }
        return line_ + "}\n";
    }

private:
    std::string word(std::string_view text) const {
        return edn_ ? ":" + std::string(text) : '"' + std::string(text) + '"';
    }
    void field(std::string_view name, const std::string& value) {
        if (line_.size() > 1) line_ += ", ";
        line_ += word(name) + (edn_ ? " " : ": ") + value;
    }
    std::string nil() const { return edn_ ? "nil" : "null"; }
    std::string plain(Value value) const { return value == kNil ? nil() : history_.values[value]; }
    std::string pair(const std::string& a, const std::string& b) const {
        return "[" + a + (edn_ ? " " : ", ") + b + "]";
    }
    std::string list(std::uint32_t number) const {
        std::vector<Value> elements;
        for (; number != 0; number = history_.lists.shorter(number)) {
            elements.push_back(history_.lists.last(number));
        }
        std::string text = "[";
        for (std::size_t i = elements.size(); i-- > 0;) {
            text += plain(elements[i]) + (i == 0 ? "" : edn_ ? " " : ", ");
        }
        return text + "]";
    }
    std::string value_of(const Operation& operation, bool answered) const {
        switch (operation.function) {
            case Function::read:
                if (!answered) return nil();
                return history_.model == Model::list_append ? list(operation.expected)
                                                            : plain(operation.expected);
            case Function::write:
            case Function::append: return plain(operation.value);
            case Function::compare_and_set:
                return pair(plain(operation.expected), plain(operation.value));
        }
        return nil();
    }

    const History& history_;
    bool edn_;
    std::string line_;
};

}  // namespace

void write_history(const History& history, FileFormat format,
                   const std::function<void(std::string_view)>& sink) {
    std::vector<Row> rows;
    for (std::uint32_t i = 0; i < history.operations.size(); ++i) {
        const Operation& operation = history.operations[i];
        rows.push_back({operation.invoked_ns, false, i});
        if (operation.completed_ns >= 0) rows.push_back({operation.completed_ns, true, i});
    }
    std::sort(rows.begin(), rows.end(),
              [](const Row& a, const Row& b) { return a.order() < b.order(); });
    Writer writer(history, format);
    for (std::size_t i = 0; i < rows.size(); ++i) sink(writer.line(rows[i], i));
}

}  // namespace shaketable::history
