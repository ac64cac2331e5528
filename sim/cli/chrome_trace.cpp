// SPDX-License-Identifier: MIT
#include "sim/cli/chrome_trace.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace shaketable::cli {

namespace {

std::string quoted(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string microseconds_of(std::int64_t ns) {
    return fmt::format("{}.{:03}", ns / 1000, ns % 1000);
}

std::string object_of(ChromeTrace::Arguments arguments) {
    std::string text;
    for (const auto& [key, value] : arguments) {
        text += fmt::format("{}{}:{}", text.empty() ? "" : ",", quoted(key), quoted(value));
    }
    return "{" + text + "}";
}

}  // namespace

ChromeTrace::ChromeTrace(Write write) : write_(std::move(write)) {
    write_("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[");
}

void ChromeTrace::event(char phase, Track track, std::string_view name, std::string_view rest,
                        Arguments arguments) {
    write_(fmt::format("{}\n{{\"ph\":\"{}\",\"pid\":{},\"tid\":{},\"name\":{}{}{}}}",
                       first_ ? "" : ",", phase, track.process, track.thread, quoted(name), rest,
                       arguments.size() == 0 ? "" : ",\"args\":" + object_of(arguments)));
    first_ = false;
}

void ChromeTrace::timed(char phase, Track track, Instant at, std::string_view name,
                        const std::string& rest, Arguments arguments) {
    event(phase, track, name, ",\"ts\":" + microseconds_of(at.ns) + rest, arguments);
}

void ChromeTrace::name_process(std::uint32_t process, std::string_view name) {
    event('M', {process, 0}, "process_name", {}, {{"name", name}});
    event('M', {process, 0}, "process_sort_index",
          fmt::format(",\"args\":{{\"sort_index\":{}}}", process));
}

void ChromeTrace::name_track(Track track, std::string_view name) {
    event('M', track, "thread_name", {}, {{"name", name}});
    event('M', track, "thread_sort_index",
          fmt::format(",\"args\":{{\"sort_index\":{}}}", track.thread));
}

void ChromeTrace::begin(Track track, Instant at, std::string_view name, Arguments arguments) {
    timed('B', track, at, name, {}, arguments);
}

void ChromeTrace::end(Track track, Instant at) { timed('E', track, at, ""); }

void ChromeTrace::slice(Track track, Instant at, Duration length, std::string_view name,
                        Arguments arguments) {
    timed('X', track, at, name, ",\"dur\":" + microseconds_of(length.ns), arguments);
}

void ChromeTrace::instant(Track track, Instant at, std::string_view name) {
    timed('i', track, at, name, ",\"s\":\"t\"");
}

void ChromeTrace::async(Phase phase, std::uint32_t process, std::uint64_t id, Instant at,
                        std::string_view name, Arguments arguments) {
    timed(static_cast<char>(phase), {process, 0}, at, name,
          fmt::format(",\"cat\":\"fault\",\"id\":{}", id), arguments);
}

void ChromeTrace::flow(End end, Track track, std::uint64_t id, Instant at, std::string_view name) {
    // Without bp an arrow would end at the next slice instead of the one around it.
    timed(
        static_cast<char>(end), track, at, name,
        fmt::format(",\"cat\":\"message\",\"id\":{}{}", id, end == End::to ? ",\"bp\":\"e\"" : ""));
}

void ChromeTrace::counter(std::uint32_t process, Instant at, std::string_view name,
                          std::uint64_t value) {
    timed('C', {process, 0}, at, name, fmt::format(",\"args\":{{\"value\":{}}}", value));
}

void ChromeTrace::close(Arguments about) {
    write_("\n],\"otherData\":" + object_of(about) + "}\n");
}

}  // namespace shaketable::cli
