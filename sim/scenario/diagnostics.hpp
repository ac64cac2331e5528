// SPDX-License-Identifier: MIT
//
// What is wrong with a scenario file, said so that the mistake can be seen and mended.
//
//     bad.yaml:31:11: error: a duration needs a unit: 150
//     31 |     for:  150
//        |           ^^^  did you mean 150ms or 150s?
//
// All mistakes of a file are reported at once, in the order of their positions, the first twenty of
// them in full. A position names the file as the user did; an override counts as a file of its own,
// called `--set`, whose one line is the override's text.
//
// Units: lines count from 1; columns count characters (not bytes) from 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shaketable {

// The text of one file, kept for as long as anything points into it.
struct Source {
    std::string name;
    std::vector<std::string> lines;  // without their ends
};

struct Position {
    std::shared_ptr<const Source> source;  // never null in a reported diagnostic
    int line = 1;
    int column = 1;
};

// A mistake makes a file no scenario. A warning says that it may not be the one that was meant.
enum class Severity : std::uint8_t { error, warning };

struct Diagnostic {
    Position at;
    std::size_t length = 1;  // characters to underline, at least 1
    std::string message;
    std::string hint;  // empty: none
    Severity severity = Severity::error;
};

// Collects diagnostics; keeps at most a thousand, so that a hostile file can't fill the memory.
class Diagnostics {
public:
    // The same message at the same position counts once.
    void add(Diagnostic diagnostic);
    bool empty() const { return found_.empty(); }
    // Sorted by file (in the order of first mention), line and column.
    std::vector<Diagnostic> take();

private:
    std::vector<Diagnostic> found_;
};

// One diagnostic as lines of text, each ended by a newline.
std::string format(const Diagnostic& diagnostic);
// The first `most` diagnostics, then how many more there are.
std::string format(const std::vector<Diagnostic>& diagnostics, std::size_t most = 20);

// The number of characters to insert, delete, replace or swap with a neighbour to get from one word
// to the other (Damerau's distance in its restricted form). More than `limit` counts as
// limit + 1.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit = 2);
// The candidate nearest to the word, at a distance of 2 at most and less than the word's own
// length; the earlier wins a tie. Empty if there is none.
std::string closest(std::string_view word, const std::vector<std::string>& candidates);
// "did you mean X?", or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace shaketable
