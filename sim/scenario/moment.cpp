// SPDX-License-Identifier: MIT
#include "sim/scenario/moment.hpp"

#include <algorithm>

#include "sim/alert/labels.hpp"

namespace shaketable {
namespace {

constexpr std::string_view kHelp = "write 90s, warmup.end + 10s or crash.end + 5s";
constexpr std::string_view kAlert = "alert:";

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

Parsed<Moment> fail(std::string error, std::string hint) {
    return {std::nullopt, std::move(error), std::move(hint)};
}

// `alert:NAME.firing`, and .resolved; `anchor` is without the offset.
Parsed<Moment> parse_alert(std::string_view anchor) {
    const std::size_t dot = std::min(anchor.find('.'), anchor.size());
    const std::string name(trimmed(anchor.substr(0, dot)).substr(kAlert.size()));
    const std::string_view edge = dot == anchor.size() ? "" : anchor.substr(dot + 1);
    Moment moment;
    moment.anchor = name;
    moment.edge = edge == "resolved" ? Moment::Edge::resolved : Moment::Edge::firing;
    if (is_label_name(name) && (edge == "firing" || edge == "resolved")) return {moment, {}, {}};
    const std::string shown = is_label_name(name) ? name : "NodeDown";
    return fail("not a time: '" + std::string(anchor.substr(0, 60)) + "'",
                "write alert:" + shown + ".firing or alert:" + shown + ".resolved");
}

bool made_of(std::string_view text, bool underscore) {
    const auto inner = [underscore](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
               (underscore && c == '_');
    };
    const auto joins = [](char c) { return c == '-' || c == '_'; };
    return !text.empty() && text.size() <= 63 && std::all_of(text.begin(), text.end(), inner) &&
           !joins(text.front()) && !joins(text.back());
}

}  // namespace

bool is_identifier(std::string_view text) { return made_of(text, false); }
bool is_name(std::string_view text) { return made_of(text, true); }

Parsed<Moment> parse_moment(std::string_view text) {
    Moment moment;
    std::string_view anchor = trimmed(text.substr(0, text.find('+')));
    const std::size_t plus = text.find('+');
    const std::size_t dot = anchor.find('.');
    const std::string_view edge = dot == std::string_view::npos ? "" : anchor.substr(dot + 1);
    if (anchor.starts_with(kAlert)) {
        const auto alert = parse_alert(anchor);
        if (!alert) return alert;
        moment = *alert;
        if (plus == std::string_view::npos) return alert;
        anchor = {};
    } else if (edge == "start" || edge == "end") {
        moment.anchor = anchor.substr(0, dot);
        moment.edge = edge == "start" ? Moment::Edge::start : Moment::Edge::end;
        if (!is_identifier(moment.anchor))
            return fail("not a time: '" + std::string(text) + "'", std::string(kHelp));
        if (plus == std::string_view::npos) return {moment, {}, {}};
        anchor = {};
    } else if (anchor.find(" - ") != std::string_view::npos) {
        return fail("not a time: '" + std::string(text.substr(0, 60)) + "'",
                    "times count forward: begin at something earlier");
    } else if (is_identifier(anchor.substr(0, dot)) && dot != std::string_view::npos &&
               (anchor.front() < '0' || anchor.front() > '9')) {
        const std::string name(anchor.substr(0, dot));
        return fail("not a time: '" + std::string(text.substr(0, 60)) + "'",
                    "did you mean " + name + ".start or " + name + ".end?");
    } else if (plus != std::string_view::npos) {
        return fail("not a time: '" + std::string(text.substr(0, 60)) + "'", std::string(kHelp));
    }
    const std::string_view offset =
        plus == std::string_view::npos ? trimmed(text) : trimmed(text.substr(plus + 1));
    const bool letters_first = !offset.empty() && offset.front() >= 'a' && offset.front() <= 'z';
    if (letters_first) {
        const bool name_alone = is_identifier(offset);
        return fail("not a time: '" + std::string(text.substr(0, 60)) + "'",
                    name_alone ? "did you mean " + std::string(offset) + ".start or " +
                                     std::string(offset) + ".end?"
                               : std::string(kHelp));
    }
    const auto duration = parse_duration(offset);
    if (!duration) return fail(duration.error, duration.hint);
    moment.offset = *duration;
    return {moment, {}, {}};
}

std::string format_moment(const Moment& moment) {
    if (moment.edge == Moment::Edge::none) return format_duration(moment.offset);
    std::string anchor = moment.anchor;
    switch (moment.edge) {
        case Moment::Edge::start: anchor += ".start"; break;
        case Moment::Edge::firing: anchor = std::string(kAlert) + anchor + ".firing"; break;
        case Moment::Edge::resolved: anchor = std::string(kAlert) + anchor + ".resolved"; break;
        default: anchor += ".end"; break;
    }
    return moment.offset == Duration{} ? anchor : anchor + " + " + format_duration(moment.offset);
}

}  // namespace shaketable
