// SPDX-License-Identifier: MIT
#include "sim/scenario/scalars.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "sim/scenario/diagnostics.hpp"
#include "sim/scenario/moment.hpp"
#include "sim/scenario/service_predicate.hpp"

namespace shaketable {
namespace {

using Canonical = Parsed<std::string>;

Canonical fail(std::string error, std::string hint = {}) {
    return {std::nullopt, std::move(error), std::move(hint)};
}
Canonical good(std::string text) { return {std::move(text), {}, {}}; }

std::string quoted(std::string_view text) {
    return "'" + std::string(text.substr(0, text.find('\n')).substr(0, 60)) + "'";
}

Canonical one_of(const std::vector<std::string>& words, std::string_view text) {
    std::string all;
    for (const std::string& word : words) {
        if (word == text) return good(word);
        all += (all.empty() ? "" : ", ") + word;
    }
    const std::string near = did_you_mean(text, words);
    const std::string hint =
        !near.empty() ? near : (words.size() == 1 ? "write " : "one of ") + all;
    return fail("no such choice: " + quoted(text), hint);
}

Canonical boolean_value(std::string_view text) {
    if (text == "true" || text == "false") return good(std::string(text));
    std::string lower;
    for (const char c : text.substr(0, 6))
        lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    const bool yes =
        lower == "yes" || lower == "on" || lower == "y" || lower == "true" || lower == "1";
    const bool no =
        lower == "no" || lower == "off" || lower == "n" || lower == "false" || lower == "0";
    return fail("a boolean is true or false, not " + quoted(text), yes  ? "did you mean true?"
                                                                   : no ? "did you mean false?"
                                                                        : "");
}

// Checks low <= value <= high, as far as the key has bounds, which `parse` reads.
template <class T, class Parse, class Format>
Canonical within(const KeyDescriptor& key, const Parsed<T>& value, Parse parse, Format show) {
    if (!value) return fail(value.error, value.hint);
    if (!key.low.empty() && *value < *parse(key.low)) {
        return fail("at least " + std::string(key.low) + " is possible here, not " + show(*value));
    }
    if (!key.high.empty() && *value > *parse(key.high)) {
        return fail("at most " + std::string(key.high) + " is possible here, not " + show(*value));
    }
    return good(show(*value));
}

template <class T, class Format>
Canonical spelled(const Parsed<T>& value, Format show) {
    return value ? good(show(*value)) : fail(value.error, value.hint);
}

Canonical duration_value(const KeyDescriptor& key, const Parsed<Duration>& value) {
    if (value && (*value > kMostDuration || *value < Duration{} - kMostDuration)) {
        return fail("at most 3650d is possible here, not " + format_duration(*value));
    }
    const auto parse = [](std::string_view text) { return parse_duration(text, Sign::any); };
    return within(key, value, parse, format_duration);
}

Canonical durations_value(const KeyDescriptor& key, std::string_view text) {
    if (text.find("..") == std::string_view::npos) return duration_value(key, parse_duration(text));
    const auto range = parse_duration_range(text);
    if (!range) return fail(range.error, range.hint);
    const auto low = duration_value(key, Parsed<Duration>{range->low, {}, {}});
    if (!low) return low;
    const auto high = duration_value(key, Parsed<Duration>{range->high, {}, {}});
    if (!high || *low == *high) return high;
    return good(*low + ".." + *high);
}

Canonical moment_value(const KeyDescriptor& key, std::string_view text) {
    const auto moment = parse_moment(text);
    if (!moment) return fail(moment.error, moment.hint);
    const auto offset = duration_value(key, Parsed<Duration>{moment->offset, {}, {}});
    return offset ? good(format_moment(*moment)) : offset;
}

Canonical fault_ref_value(std::string_view text) {
    const auto moment = parse_moment(text);
    if (moment && moment->edge == Moment::Edge::start && moment->offset == Duration{}) {
        return good(format_moment(*moment));
    }
    return fail("not the start of a fault: " + quoted(text),
                is_identifier(text) ? "did you mean " + std::string(text) + ".start?"
                                    : "write crash.start, with the id of a fault");
}

Canonical fault_word_value(std::string_view text) {
    std::vector<std::string> words;
    for (const std::string_view word : fault_words()) words.emplace_back(word);
    const Canonical found = one_of(words, text);
    if (found) return found;
    const std::string near = did_you_mean(text, words);
    return fail("unknown fault " + quoted(text),
                near.empty() ? "see `shaketable list faults`" : near);
}

Canonical name_value(std::string_view text, bool underscore) {
    if (underscore ? is_name(text) : is_identifier(text)) return good(std::string(text));
    return fail("not a name: " + quoted(text),
                underscore ? "names are made of a-z, 0-9 and inner - or _, at most 63 of them"
                           : "names are made of a-z, 0-9 and inner -, at most 63 of them");
}

Parsed<std::string> predicate_value(const KeyDescriptor& key, std::string_view text) {
    const auto words = choices_in(key.choices);
    const bool known = std::find(words.begin(), words.end(), text) != words.end();
    const bool measured = text.find_first_of("<>=") != std::string_view::npos;
    const bool deep = std::count(text.begin(), text.end(), '.') > 1;
    if (known || !text.starts_with("service.") || (!measured && !deep)) return one_of(words, text);
    const auto predicate = parse_service_predicate(text);
    if (!predicate) return {std::nullopt, predicate.error, predicate.hint};
    return good(format_service_predicate(*predicate));
}

}  // namespace

std::vector<std::string> choices_in(std::string_view choices) {
    std::vector<std::string> words;
    while (!choices.empty()) {
        const std::size_t end = std::min(choices.find('|'), choices.size());
        words.emplace_back(choices.substr(0, end));
        choices.remove_prefix(std::min(end + 1, choices.size()));
    }
    return words;
}

Parsed<Duration> parse_at_most(std::string_view text) {
    std::string_view rest = text;
    if (rest.starts_with('>')) {
        return {std::nullopt, "a target is an upper bound: " + quoted(text), "write \"< 30s\""};
    }
    if (rest.starts_with('<')) rest.remove_prefix(rest.starts_with("<=") ? 2 : 1);
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    return parse_duration(rest);
}

Parsed<std::string> canonical_scalar(const KeyDescriptor& key, std::string_view text) {
    switch (key.type) {
        case ValueType::text: return good(std::string(text));
        case ValueType::identifier: return name_value(text, false);
        case ValueType::name: return name_value(text, true);
        case ValueType::boolean: return boolean_value(text);
        case ValueType::integer:
            return within(key, parse_integer(text), parse_integer,
                          [](std::int64_t value) { return std::to_string(value); });
        case ValueType::number: return within(key, parse_number(text), parse_number, format_number);
        case ValueType::duration: {
            const bool signed_ = key.low.starts_with('-');
            return duration_value(key,
                                  parse_duration(text, signed_ ? Sign::any : Sign::not_negative));
        }
        case ValueType::durations: return durations_value(key, text);
        case ValueType::at_most: {
            const auto bound = duration_value(key, parse_at_most(text));
            return bound ? good("<= " + *bound) : bound;
        }
        case ValueType::rate: return spelled(parse_rate(text), format_rate);
        case ValueType::probability:
            return within(key, parse_probability(text), parse_probability, format_probability);
        case ValueType::size: return within(key, parse_size(text), parse_size, format_size);
        case ValueType::drift: return spelled(parse_drift(text), format_drift);
        case ValueType::seeds: return spelled(parse_seeds(text), format_seeds);
        case ValueType::epoch: return spelled(parse_epoch(text), format_epoch);
        case ValueType::choice: return one_of(choices_in(key.choices), text);
        case ValueType::predicate: return predicate_value(key, text);
        case ValueType::fault_word: return fault_word_value(text);
        case ValueType::moment: return moment_value(key, text);
        case ValueType::fault_ref: return fault_ref_value(text);
        case ValueType::map:
        case ValueType::list:
        case ValueType::distribution:
        case ValueType::target:
        case ValueType::policy:
        case ValueType::axis: break;
    }
    throw novacron::BugError("a compound value was taken for a single one");
}

}  // namespace shaketable
