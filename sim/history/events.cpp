// SPDX-License-Identifier: MIT
#include "sim/history/events.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "sim/scenario/diagnostics.hpp"

namespace shaketable::history {
namespace {

constexpr std::array<std::string_view, 4> kTypes = {"invoke", "ok", "fail", "info"};

template <class Number>
std::optional<Number> number_of(std::string_view word) {
    Number value{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
    return value;
}

class Events {
public:
    Events(std::string_view text, const Complain& complain) : text_(text), complain_(complain) {}

    std::vector<Event> read() {
        const std::size_t start = text_.find_first_not_of(" \t\r\n,");
        if (start == std::string_view::npos) {
            complain_(0, "there is no event in this file", "");
            return {};
        }
        const std::size_t inner = text_.find_first_not_of(" \t\r\n,[({", start);
        const char first = text_[start];
        const bool brackets = first == '{' || first == '[' || first == '(';
        if (brackets && inner != std::string_view::npos && text_[inner] == '"') {
            read_json(start);
        } else if (brackets || first == ';' || first == '#') {
            read_edn(start);
        } else {
            read_log();
        }
        return std::move(events_);
    }

private:
    void complain(const SyntaxError& error) { complain_(error.at(), error.what(), error.hint()); }

    void read_json(std::size_t start) {
        if (text_[start] == '[') {
            read_forms(FormReader(text_, Notation::json, start));
            return;
        }
        each_line([&](std::size_t from, std::size_t to) {
            try {
                FormReader reader(text_.substr(0, to), Notation::json, from);
                const std::optional<Form> form = reader.next();
                if (!form) return;
                take(*form);
                if (const auto more = reader.next()) {
                    complain_(more->at, "one event a line", "");
                }
            } catch (const SyntaxError& error) {
                complain(error);
            }
        });
    }

    void read_edn(std::size_t start) { read_forms(FormReader(text_, Notation::edn, start)); }

    // Events in a row, or all in one list.
    void read_forms(FormReader reader) {
        try {
            FormReader ahead = reader;
            const bool inside = ahead.enter() && holds_events(ahead);
            if (inside) reader.enter();
            while (const std::optional<Form> form = reader.next()) take(*form);
            if (!inside) return;
            reader.leave();
            if (const auto more = reader.next()) {
                complain_(more->at, "something follows the end of the history", "");
            }
        } catch (const SyntaxError& error) {
            complain(error);
        }
    }

    // An event written as a vector begins with its process, not with a bracket.
    static bool holds_events(FormReader ahead) {
        const std::optional<Form> first = ahead.next();
        return !first || first->is(Form::Kind::map) || first->is(Form::Kind::list);
    }

    void read_log() {
        bool any = false;
        const std::size_t before = events_.size();
        each_line([&](std::size_t from, std::size_t to) { any = read_line(from, to) || any; });
        if (!any && events_.size() == before) {
            complain_(text_.find_first_not_of(" \t\r\n,"), "this is no history",
                      "JSON lines, Jepsen's EDN or Jepsen's log");
        }
    }

    // A line that has a process before a keyword. Logs have others, which are passed over.
    bool read_line(std::size_t from, std::size_t to) {
        std::size_t at = from;
        std::string_view process;
        std::size_t process_at = from;
        for (;;) {
            at = text_.find_first_not_of(" \t\r", at);
            if (at >= to) return false;
            const std::size_t end = std::min(to, text_.find_first_of(" \t\r\n", at));
            const std::string_view word = text_.substr(at, end - at);
            const bool is_process =
                number_of<std::int64_t>(process) || process == ":nemesis" || process == "nemesis";
            if (word.starts_with(':') && is_process) break;
            process = word;
            process_at = at;
            at = end;
        }
        Form form;
        form.kind = Form::Kind::list;
        form.at = process_at;
        try {
            FormReader reader(text_.substr(0, to), Notation::edn, process_at);
            // A nemesis says what it likes.
            while (form.items.size() < (process.ends_with("nemesis") ? 3U : 4U)) {
                std::optional<Form> item = reader.next();
                if (!item) break;
                form.items.push_back(std::move(*item));
            }
            take(form);
        } catch (const SyntaxError& error) {
            complain(error);
        }
        return true;
    }

    template <class Visit>
    void each_line(const Visit& visit) {
        for (std::size_t from = 0; from < text_.size();) {
            const std::size_t to = std::min(text_.find('\n', from), text_.size());
            visit(from, to);
            from = to + 1;
        }
    }

    void take(const Form& form) {
        Event event;
        event.at = form.at;
        if (form.is(Form::Kind::list)) {
            if (form.items.size() < 3) {
                complain_(form.at, "an event has a process, a type and a function",
                          "such as [0 :invoke :read nil]");
                return;
            }
            const Form nil;
            const Form& value = form.items.size() > 3 ? form.items[3] : nil;
            if (set(event, &form.items[0], &form.items[1], &form.items[2])) {
                event.value = value;
                events_.push_back(std::move(event));
            }
            return;
        }
        if (!form.is(Form::Kind::map)) {
            complain_(form.at, "this is no event: " + form.written().substr(0, 40),
                      "an event is a map with process, type, f and value");
            return;
        }
        if (!set(event, form.find("process"), form.find("type"), form.find("f"))) return;
        if (const Form* value = form.find("value")) event.value = *value;
        if (const Form* key = form.find("key"); key != nullptr && !key->is(Form::Kind::nil)) {
            event.key = *key;
        }
        if (const Form* time = form.find("time")) {
            event.time_ns = number_of<std::int64_t>(time->word).value_or(-1);
        }
        const Form* index = form.find("log_index");
        if (index == nullptr) index = form.find("log-index");
        if (index != nullptr && !index->is(Form::Kind::nil)) {
            const auto number = number_of<std::uint64_t>(index->word);
            if (!number) complain_(index->at, "a log index is a whole number from 1", "");
            event.log_index = number.value_or(0);
        }
        events_.push_back(std::move(event));
    }

    // Process, type and function. False if there is something wrong with them.
    bool set(Event& event, const Form* process, const Form* type, const Form* function) {
        if (process == nullptr || process->is(Form::Kind::nil)) {
            complain_(event.at, "this event has no process", "");
            return false;
        }
        event.process = process->word;
        event.is_client = process->is(Form::Kind::integer) ||
                          (process->is(Form::Kind::text) && process->word != "nemesis");
        if (!event.is_client) return true;
        if (type == nullptr || type->word.empty()) {
            complain_(event.at, "this event has no type", "one of invoke, ok, fail, info");
            return false;
        }
        const auto found = std::find(kTypes.begin(), kTypes.end(), type->word);
        if (found == kTypes.end()) {
            complain_(type->at, "no such type of event: " + type->written(),
                      did_you_mean(type->word, {kTypes.begin(), kTypes.end()}));
            return false;
        }
        event.type = static_cast<EventType>(found - kTypes.begin());
        if (function == nullptr || function->word.empty()) {
            complain_(event.at, "this event has no function",
                      "f is one of read, write, cas, append");
            return false;
        }
        event.function = function->word;
        event.function_at = function->at;
        return true;
    }

    std::string_view text_;
    const Complain& complain_;
    std::vector<Event> events_;
};

}  // namespace

std::vector<Event> read_events(std::string_view text, const Complain& complain) {
    return Events(text, complain).read();
}

}  // namespace shaketable::history
