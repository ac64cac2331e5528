// SPDX-License-Identifier: MIT
//
// A trace in Chrome's JSON format, which https://ui.perfetto.dev opens, written as it comes.
//
// Intuition: processes hold tracks; a track shows slices, which nest. What may overlap is async
// (begin and end carry an id) and gets a track of its own in the viewer. A flow is an arrow from
// one slice to another: each of its ends hangs on the slice that covers it on its track.
//
// Source: "Trace Event Format" (Google, 2016), as read by Perfetto.
//
// Invariants: (1) what is written is one JSON object once close() has returned, and not before.
//             (2) times are microseconds with three decimals, so no nanosecond is lost.
// The caller sees to it that slices of a track nest, and that what begins ends. Events need not
// come in the order of their times.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/time.hpp"

namespace shaketable::cli {

using novacron::Duration;
using novacron::Instant;

class ChromeTrace {
public:
    using Write = std::function<void(std::string_view text)>;
    using Arguments = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    struct Track {
        std::uint32_t process;
        std::uint32_t thread;
    };

    explicit ChromeTrace(Write write);

    // In the viewer, processes and the tracks of one process come in the order of their numbers.
    void name_process(std::uint32_t process, std::string_view name);
    void name_track(Track track, std::string_view name);

    void begin(Track track, Instant at, std::string_view name, Arguments arguments = {});
    void end(Track track, Instant at);
    void slice(Track track, Instant at, Duration length, std::string_view name,
               Arguments arguments = {});
    void instant(Track track, Instant at, std::string_view name);

    enum class Phase : char { begin = 'b', mark = 'n', end = 'e' };
    // Phases of one id have one name and category.
    void async(Phase phase, std::uint32_t process, std::uint64_t id, Instant at,
               std::string_view name, Arguments arguments = {});

    enum class End : char { from = 's', to = 'f' };
    void flow(End end, Track track, std::uint64_t id, Instant at, std::string_view name);

    void counter(std::uint32_t process, Instant at, std::string_view name, std::uint64_t value);

    // `about` goes beside the events: what the trace is of.
    void close(Arguments about);

private:
    void event(char phase, Track track, std::string_view name, std::string_view rest,
               Arguments arguments = {});
    void timed(char phase, Track track, Instant at, std::string_view name,
               const std::string& rest = {}, Arguments arguments = {});

    Write write_;
    bool first_ = true;
};

}  // namespace shaketable::cli
