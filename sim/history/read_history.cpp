// SPDX-License-Identifier: MIT
#include "sim/history/read_history.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "sim/history/events.hpp"
#include "sim/scenario/utf8.hpp"

namespace shaketable::history {
namespace {

constexpr std::array<std::string_view, 3> kModels = {"register", "kv", "list-append"};
constexpr std::size_t kLongestShown = 2000;  // bytes of a line that are kept for its excerpt
constexpr std::size_t kMostMistakes = 1000;

// Offsets as lines and columns, and the mistakes found there.
class Mistakes {
public:
    Mistakes(const std::string& name, std::string_view text)
        : text_(text), source_(std::make_shared<Source>()) {
        source_->name = name;
        for (std::size_t from = 0; from <= text.size();) {
            const std::size_t to = std::min(text.find('\n', from), text.size());
            starts_.push_back(from);
            from = to + 1;
        }
    }

    std::uint32_t line_of(std::size_t at) const {
        return static_cast<std::uint32_t>(std::upper_bound(starts_.begin(), starts_.end(), at) -
                                          starts_.begin());
    }
    std::uint32_t lines() const {
        const bool open = starts_.size() > 1 && starts_.back() == text_.size();
        return static_cast<std::uint32_t>(starts_.size() - (open ? 1 : 0));
    }

    void add(std::size_t at, std::string message, std::string hint) {
        if (++count_ > kMostMistakes) return;
        at = std::min(at, text_.size());
        const std::uint32_t line = line_of(at);
        const std::size_t start = starts_[line - 1];
        int column = 1;
        for (std::string_view before = text_.substr(start, at - start); !before.empty();) {
            before.remove_prefix(std::max<std::size_t>(1, character_length(before)));
            ++column;
        }
        keep(line);
        diagnostics_.add(
            {{source_, static_cast<int>(line), column}, 1, std::move(message), std::move(hint)});
    }
    std::vector<Diagnostic> take() { return diagnostics_.take(); }
    bool empty() const { return count_ == 0; }

private:
    // Lines are shown where there are mistakes, and else not kept.
    void keep(std::uint32_t line) {
        if (source_->lines.size() < line) source_->lines.resize(line);
        const std::size_t start = starts_[line - 1];
        const std::size_t end = std::min(text_.find('\n', start), text_.size());
        source_->lines[line - 1] = text_.substr(start, std::min(end - start, kLongestShown));
    }

    std::string_view text_;
    std::shared_ptr<Source> source_;
    std::vector<std::size_t> starts_;  // of lines
    Diagnostics diagnostics_;
    std::size_t count_ = 0;
};

// Numbers for words, in the order of first mention.
class Numbers {
public:
    explicit Numbers(std::vector<std::string>& words) : words_(words) {
        for (std::size_t i = 0; i < words.size(); ++i) numbers_.emplace(words[i], i);
    }
    std::uint32_t of(const std::string& word) {
        const auto [place, is_new] =
            numbers_.emplace(word, static_cast<std::uint32_t>(words_.size()));
        if (is_new) words_.push_back(word);
        return place->second;
    }

private:
    std::vector<std::string>& words_;
    std::unordered_map<std::string, std::uint32_t> numbers_;  // never iterated
};

std::optional<Function> function_of(const std::string& word) {
    if (word == "read" || word == "r") return Function::read;
    if (word == "write" || word == "w") return Function::write;
    if (word == "cas" || word == "compare-and-set") return Function::compare_and_set;
    if (word == "append") return Function::append;
    return std::nullopt;
}

// A transaction of one step is that step, [:append 5 1] or [:r 5 nil]: Jepsen's workloads of lists
// and registers write all that they do as transactions.
void unwrap(Event& event) {
    if (event.function != "txn" || event.value.items.size() != 1) return;
    const Form step = event.value.items[0];
    if (!step.is(Form::Kind::list) || step.items.size() != 3) return;
    const std::string& word = step.items[0].word;
    if (word != "r" && word != "w" && word != "append") return;
    event.function = word == "r" ? "read" : word == "w" ? "write" : word;
    event.key = step.items[1];
    event.value = step.items[2];
}

// Whether every value that says anything is a pair, as it is of a register for each key.
bool has_pairs(const std::vector<Event>& events) {
    bool any = false;
    for (const Event& event : events) {
        const bool says = event.type == EventType::invoke || event.type == EventType::ok;
        const bool plain = event.function == "read" || event.function == "write";
        if (!event.is_client || !says || !plain || event.value.is(Form::Kind::nil)) continue;
        if (!event.value.is(Form::Kind::list) || event.value.items.size() != 2) return false;
        any = true;
    }
    return any;
}

Model model_of(const std::vector<Event>& events) {
    const bool appends = std::any_of(events.begin(), events.end(), [](const Event& event) {
        return event.is_client && event.function == "append";
    });
    if (appends) return Model::list_append;
    const bool keyed = std::any_of(events.begin(), events.end(),
                                   [](const Event& event) { return event.key.has_value(); });
    return keyed || has_pairs(events) ? Model::kv : Model::single_register;
}

class Assembler {
public:
    Assembler(Mistakes& mistakes, Model model) : mistakes_(mistakes) { history_.model = model; }

    History assemble(const std::vector<Event>& events) {
        for (const Event& event : events) {
            if (event.is_client) {
                take(event);
            } else {
                ++history_.ignored;
            }
        }
        // What failed took no effect.
        std::erase_if(history_.operations,
                      [](const Operation& operation) { return operation.invoked == kNever; });
        history_.lines = mistakes_.lines();
        return std::move(history_);
    }

private:
    struct UnderWay {
        std::size_t operation;
        bool open;          // waits for its completion
        std::string value;  // as it was invoked
        std::size_t at;
    };

    void complain(std::size_t at, std::string message, std::string hint = "") {
        mistakes_.add(at, std::move(message), std::move(hint));
    }

    void take(const Event& event) {
        const std::optional<Function> function = function_of(event.function);
        const bool lists = history_.model == Model::list_append;
        if (!function) {
            complain(event.function_at, "no such function: " + event.function,
                     event.function == "txn"
                         ? "of transactions only those of one step are checked here"
                         : did_you_mean(event.function, {"read", "write", "cas", "append"}));
            return;
        }
        if (*function != Function::read && lists != (*function == Function::append)) {
            complain(event.function_at,
                     event.function + " has no meaning to the model " +
                         std::string(name_of(history_.model)),
                     "--model register, kv or list-append");
            return;
        }
        if (event.type == EventType::invoke) {
            invoke(event, *function);
        } else {
            complete(event, *function);
        }
    }

    void invoke(const Event& event, Function function) {
        const auto [place, is_new] = under_way_.try_emplace(event.process);
        if (!is_new && place->second.open) {
            complain(event.at, "process " + event.process + " invokes a second operation",
                     "the first, of line " + std::to_string(mistakes_.line_of(place->second.at)) +
                         ", has no end");
        }
        Operation operation;
        operation.process = processes_.of(event.process);
        operation.function = function;
        operation.invoked = history_.events++;
        operation.invoked_ns = event.time_ns;
        operation.invoked_line = mistakes_.line_of(event.at);
        set_value(event, operation, false);
        place->second = {history_.operations.size(), true, event.value.written(), event.at};
        history_.operations.push_back(operation);
    }

    void complete(const Event& event, Function function) {
        const auto place = under_way_.find(event.process);
        if (place == under_way_.end() || !place->second.open) {
            complain(event.at, "process " + event.process + " completes what it did not invoke");
            return;
        }
        place->second.open = false;
        Operation& operation = history_.operations[place->second.operation];
        if (operation.function != function) {
            complain(event.function_at, "process " + event.process + " invoked another function",
                     "in line " + std::to_string(mistakes_.line_of(place->second.at)));
            return;
        }
        operation.completed_ns = event.time_ns;
        operation.completed_line = mistakes_.line_of(event.at);
        if (event.type == EventType::fail) {
            ++history_.failed;
            operation.invoked = kNever;
        }
        if (event.type != EventType::ok) return;
        operation.completed = history_.events++;
        operation.log_index = event.log_index;
        if (function == Function::read) {
            set_value(event, operation, true);
        } else if (!event.value.is(Form::Kind::nil) &&
                   event.value.written() != place->second.value) {
            complain(event.value.at, "this operation was invoked with another value",
                     place->second.value + " in line " +
                         std::to_string(mistakes_.line_of(place->second.at)));
        }
    }

    void set_value(const Event& event, Operation& operation, bool answered) {
        const Form* value = &event.value;
        const bool pairs = history_.model == Model::kv && !event.key;
        if (pairs) {
            if (!value->is(Form::Kind::list) || value->items.size() != 2) {
                complain(event.at, "this value is no pair of key and value: " + value->written(),
                         "or give the event a key");
                return;
            }
            key_of(value->items[0].written(), event, operation, answered);
            value = &value->items[1];
        } else if (event.key) {
            if (history_.model == Model::single_register) {
                complain(event.at, "a single register has no key", "--model kv");
                return;
            }
            key_of(event.key->written(), event, operation, answered);
        }
        set_plain_value(event, *value, operation, answered);
    }

    void key_of(const std::string& key, const Event& event, Operation& operation, bool answered) {
        const std::uint32_t number = keys_.of(key);
        if (answered && number != operation.key) {
            complain(event.at, "this operation was invoked with another key",
                     history_.keys[operation.key]);
        }
        operation.key = number;
    }

    void set_plain_value(const Event& event, const Form& value, Operation& operation,
                         bool answered) {
        switch (operation.function) {
            case Function::read:
                if (!answered) return;
                operation.expected = history_.model == Model::list_append
                                         ? list_of(event, value)
                                         : values_.of(value.written());
                return;
            case Function::write:
            case Function::append: operation.value = values_.of(value.written()); return;
            case Function::compare_and_set:
                if (!value.is(Form::Kind::list) || value.items.size() != 2) {
                    complain(event.at,
                             "the value of a cas is [expected new], not " + value.written());
                    return;
                }
                operation.expected = values_.of(value.items[0].written());
                operation.value = values_.of(value.items[1].written());
        }
    }

    std::uint32_t list_of(const Event& event, const Form& value) {
        if (!value.is(Form::Kind::list) && !value.is(Form::Kind::nil)) {
            complain(event.at, "a read of a list returns a list, not " + value.written());
        }
        std::uint32_t list = 0;
        for (const Form& item : value.items) {
            list = history_.lists.extended(list, values_.of(item.written()));
        }
        return list;
    }

    Mistakes& mistakes_;
    History history_;
    Numbers processes_{history_.processes};
    Numbers keys_{history_.keys};
    Numbers values_{history_.values};
    std::unordered_map<std::string, UnderWay> under_way_;  // by process; never iterated
};

}  // namespace

std::optional<Model> parse_model(std::string_view word) {
    const auto found = std::find(kModels.begin(), kModels.end(), word);
    if (found == kModels.end()) return std::nullopt;
    return static_cast<Model>(found - kModels.begin());
}

std::string_view name_of(Model model) { return kModels[static_cast<std::size_t>(model)]; }

ReadResult read_history(const std::string& name, std::string text, std::optional<Model> model) {
    ReadResult result;
    Mistakes mistakes(name, text);
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t length = character_length(rest);
        if (length == 0) {
            mistakes.add(text.size() - rest.size(), "this is no text in UTF-8", "");
            result.diagnostics = mistakes.take();
            return result;
        }
        rest.remove_prefix(length);
    }
    const Complain complain = [&](std::size_t at, std::string message, std::string hint) {
        mistakes.add(at, std::move(message), std::move(hint));
    };
    std::vector<Event> events = read_events(text, complain);
    std::for_each(events.begin(), events.end(), unwrap);
    const bool clients = std::any_of(events.begin(), events.end(),
                                     [](const Event& event) { return event.is_client; });
    if (!clients && mistakes.empty()) mistakes.add(0, "no client did anything here", "");
    History history = Assembler(mistakes, model ? *model : model_of(events)).assemble(events);
    result.diagnostics = mistakes.take();
    if (result.diagnostics.empty()) result.history = std::move(history);
    return result;
}

}  // namespace shaketable::history
