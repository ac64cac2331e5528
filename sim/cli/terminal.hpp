// SPDX-License-Identifier: MIT
//
// Where the program speaks: data to standard output, everything else to standard error.
//
// Colour and animation are for people at a terminal: neither reaches a file or a pipe, and neither
// comes with NO_COLOR (https://no-color.org), TERM=dumb or --no-color. The progress of many seeds
// is a bar on a terminal and, off it, a line at growing intervals, so that a log stays short.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/run/result.hpp"

namespace shaketable::cli {

enum class Colour : std::uint8_t { green, red, yellow, bold, faint };

class Terminal {
public:
    // Looks at the streams and the environment.
    static Terminal detect();
    void forbid_colour() { colour_out_ = colour_err_ = false; }
    void be_quiet() { quiet_ = true; }
    bool quiet() const { return quiet_; }
    bool animate() const { return animate_; }

    // For standard output.
    std::string paint(Colour colour, std::string_view text) const;
    // The verdict's word, or another in its place, in the verdict's colour.
    std::string paint(Verdict verdict, std::string_view text) const;

    void out(std::string_view text) const;
    // An error or a refusal; always said. A line of its own.
    void complain(std::string_view text) const;
    // By the way; not said when quiet. A line of its own.
    void note(std::string_view text) const;
    // As it is, to standard error.
    void err(std::string_view text) const;

private:
    bool colour_out_ = false;
    bool colour_err_ = false;
    bool animate_ = false;
    bool quiet_ = false;
};

class Progress {
public:
    // `what` is what there are `total` of: seeds.
    Progress(const Terminal& terminal, std::uint64_t total, std::string_view what = "seeds");
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // One more is done.
    void advance(Verdict verdict);

private:
    using Clock = std::chrono::steady_clock;

    void draw(Clock::time_point now);
    std::string words(Clock::time_point now) const;

    const Terminal& terminal_;
    std::uint64_t total_;
    std::string_view what_;
    std::uint64_t done_ = 0;
    std::uint64_t failed_ = 0;
    Clock::time_point start_;
    Clock::time_point next_;  // when to say something again
    Clock::duration gap_;
    bool drawn_ = false;
};

// Seconds since 1970 are for machines: 2024-11-05T02:00:00Z.
std::string wall_time();

}  // namespace shaketable::cli
