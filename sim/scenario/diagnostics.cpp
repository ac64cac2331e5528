// SPDX-License-Identifier: MIT
#include "sim/scenario/diagnostics.hpp"

#include <algorithm>
#include <tuple>

#include "sim/scenario/utf8.hpp"

namespace shaketable {
namespace {

constexpr std::size_t kMostKept = 1000;
constexpr std::size_t kWidth = 120;  // characters of a source line that are shown

// A line as characters, with what a terminal would not show as one column replaced.
std::vector<std::string> characters(std::string_view line) {
    std::vector<std::string> result;
    while (!line.empty()) {
        const std::size_t length = character_length(line);
        const bool blank = line.front() == '\t' || line.front() == '\n' || line.front() == '\r';
        if (blank)
            result.emplace_back(" ");
        else if (length == 0)
            result.emplace_back("?");
        else
            result.emplace_back(line.substr(0, length));
        line.remove_prefix(std::max<std::size_t>(1, length));
    }
    return result;
}

// The same, for text that goes into a message.
std::string printable(std::string_view text) {
    std::string result;
    for (const std::string& character : characters(text)) result += character;
    return result;
}

// The source line and the caret below it.
std::string excerpt(const Diagnostic& diagnostic) {
    const auto line_index = static_cast<std::size_t>(diagnostic.at.line - 1);
    const bool exists = line_index < diagnostic.at.source->lines.size();
    const std::vector<std::string> line =
        characters(exists ? std::string_view(diagnostic.at.source->lines[line_index]) : "");
    const auto column = std::min(static_cast<std::size_t>(diagnostic.at.column - 1), line.size());
    const std::size_t first = column < kWidth ? 0 : column - kWidth / 2;
    const std::size_t last = std::min(line.size(), first + kWidth);
    const std::size_t fits = std::max<std::size_t>(1, last - std::min(column, last));
    const std::size_t carets = std::clamp<std::size_t>(diagnostic.length, 1, fits);

    const std::string number = std::to_string(diagnostic.at.line);
    std::string text = number + " | ";
    for (std::size_t i = first; i < last; ++i) text += line[i];
    while (text.back() == ' ') text.pop_back();
    text += "\n" + std::string(number.size(), ' ') + " | ";
    text += std::string(column - first, ' ') + std::string(carets, '^');
    if (!diagnostic.hint.empty()) text += "  " + diagnostic.hint;
    return text + "\n";
}

}  // namespace

void Diagnostics::add(Diagnostic diagnostic) {
    if (found_.size() >= kMostKept) return;
    diagnostic.message = printable(diagnostic.message);
    diagnostic.hint = printable(diagnostic.hint);
    const auto same = [&](const Diagnostic& other) {
        return other.at.source == diagnostic.at.source && other.at.line == diagnostic.at.line &&
               other.at.column == diagnostic.at.column && other.message == diagnostic.message;
    };
    if (std::none_of(found_.begin(), found_.end(), same)) found_.push_back(std::move(diagnostic));
}

std::vector<Diagnostic> Diagnostics::take() {
    std::vector<const Source*> order;
    const auto rank = [&order](const Diagnostic& d) {
        return std::find(order.begin(), order.end(), d.at.source.get()) - order.begin();
    };
    for (const Diagnostic& d : found_) {
        if (rank(d) == static_cast<std::ptrdiff_t>(order.size()))
            order.push_back(d.at.source.get());
    }
    const auto key = [&rank](const Diagnostic& d) {
        return std::tuple(rank(d), d.at.line, d.at.column);
    };
    std::stable_sort(found_.begin(), found_.end(),
                     [&](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
    return std::move(found_);
}

std::string format(const Diagnostic& diagnostic) {
    return printable(diagnostic.at.source->name) + ":" + std::to_string(diagnostic.at.line) + ":" +
           std::to_string(diagnostic.at.column) +
           (diagnostic.severity == Severity::error ? ": error: " : ": warning: ") +
           diagnostic.message + "\n" + excerpt(diagnostic);
}

std::string format(const std::vector<Diagnostic>& diagnostics, std::size_t most) {
    std::string text;
    for (std::size_t i = 0; i < std::min(most, diagnostics.size()); ++i)
        text += format(diagnostics[i]);
    if (diagnostics.size() > most) {
        const std::size_t more = diagnostics.size() - most;
        text += "and " + std::to_string(more) + " more " + (more == 1 ? "error" : "errors") + "\n";
    }
    return text;
}

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
    const std::size_t gap = a.size() < b.size() ? b.size() - a.size() : a.size() - b.size();
    if (gap > limit) return limit + 1;
    // Three rows of the dynamic programme: two back, one back, current.
    std::vector<std::size_t> older(b.size() + 1);
    std::vector<std::size_t> previous(b.size() + 1);
    std::vector<std::size_t> current(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replace = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            current[j] = std::min({previous[j] + 1, current[j - 1] + 1, replace});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) current[j] = std::min(current[j], older[j - 2] + 1);
        }
        std::swap(older, previous);
        std::swap(previous, current);
    }
    return std::min(previous[b.size()], limit + 1);
}

std::string closest(std::string_view word, const std::vector<std::string>& candidates) {
    std::string best;
    std::size_t least = 3;
    for (const std::string& candidate : candidates) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < least && distance < word.size()) {
            least = distance;
            best = candidate;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
    const std::string best = closest(word, candidates);
    return best.empty() ? best : "did you mean " + best + "?";
}

}  // namespace shaketable
