// SPDX-License-Identifier: MIT
#include "sim/cli/terminal.hpp"

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <fmt/format.h>
#include <unistd.h>

namespace shaketable::cli {

namespace {

constexpr const char* kReset = "\x1b[0m";

const char* code_of(Colour colour) {
    switch (colour) {
        case Colour::green: return "\x1b[32m";
        case Colour::red: return "\x1b[31m";
        case Colour::yellow: return "\x1b[33m";
        case Colour::bold: return "\x1b[1m";
        case Colour::faint: return "\x1b[2m";
    }
    return "";
}

bool is_set(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

void write(std::FILE* stream, std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stream);
}

}  // namespace

Terminal Terminal::detect() {
    const char* term = std::getenv("TERM");
    const bool dumb = term == nullptr || std::string_view(term) == "dumb";
    const bool colour = !dumb && !is_set("NO_COLOR");
    Terminal terminal;
    terminal.colour_out_ = colour && isatty(STDOUT_FILENO) == 1;
    terminal.colour_err_ = colour && isatty(STDERR_FILENO) == 1;
    terminal.animate_ = !dumb && isatty(STDERR_FILENO) == 1;
    return terminal;
}

std::string Terminal::paint(Colour colour, std::string_view text) const {
    if (!colour_out_) return std::string(text);
    return fmt::format("{}{}{}", code_of(colour), text, kReset);
}

std::string Terminal::paint(Verdict verdict, std::string_view text) const {
    switch (verdict) {
        case Verdict::pass: return paint(Colour::green, text);
        case Verdict::fail: return paint(Colour::red, text);
        case Verdict::inconclusive: return paint(Colour::yellow, text);
    }
    return std::string(text);
}

void Terminal::out(std::string_view text) const { write(stdout, text); }

void Terminal::complain(std::string_view text) const {
    std::fflush(stdout);
    const char* before = colour_err_ ? code_of(Colour::red) : "";
    write(stderr, fmt::format("{}shaketable:{} {}\n", before, colour_err_ ? kReset : "", text));
}

void Terminal::note(std::string_view text) const {
    if (!quiet_) write(stderr, fmt::format("{}\n", text));
}

void Terminal::err(std::string_view text) const { write(stderr, text); }

Progress::Progress(const Terminal& terminal, std::uint64_t total, std::string_view what)
    : terminal_(terminal),
      total_(total),
      what_(what),
      start_(Clock::now()),
      gap_(terminal.animate() ? std::chrono::milliseconds(100) : std::chrono::seconds(5)) {
    next_ = start_ + gap_;
}

Progress::~Progress() {
    if (drawn_) terminal_.err("\r\x1b[K");
}

void Progress::advance(Verdict verdict) {
    ++done_;
    if (verdict == Verdict::fail) ++failed_;
    if (terminal_.quiet() || total_ < 2) return;
    const Clock::time_point now = Clock::now();
    if (now >= next_) draw(now);
}

void Progress::draw(Clock::time_point now) {
    if (!terminal_.animate()) {
        terminal_.err(words(now) + "\n");
        gap_ *= 2;
    } else {
        constexpr std::uint64_t kWidth = 30;
        const auto filled = static_cast<std::size_t>(done_ * kWidth / total_);
        terminal_.err(fmt::format("\r\x1b[K[{}{}] {}", std::string(filled, '#'),
                                  std::string(kWidth - filled, '.'), words(now)));
        drawn_ = true;
    }
    next_ = now + gap_;
}

std::string Progress::words(Clock::time_point now) const {
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double left = seconds / static_cast<double>(done_) * static_cast<double>(total_ - done_);
    std::string text = fmt::format("{} of {} {}", done_, total_, what_);
    if (failed_ > 0) text += fmt::format(", {} failed", failed_);
    return text + fmt::format(", {:.0f} s, about {:.0f} s to go", seconds, left);
}

std::string wall_time() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace shaketable::cli
