// SPDX-License-Identifier: MIT
#include "sim/history/timeline.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace shaketable::history {
namespace {

constexpr std::size_t kMostBars = 80;
constexpr std::size_t kBarsAfter = 12;  // that began after the offence
constexpr int kGap = 9;                 // between two events
constexpr int kRow = 30;
constexpr int kTop = 34;
constexpr std::size_t kLongestLabel = 24;

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '<') {
            result += "&lt;";
        } else if (c == '>') {
            result += "&gt;";
        } else if (c == '&') {
            result += "&amp;";
        } else if (c == '"') {
            result += "&quot;";
        } else {
            result += c;
        }
    }
    return result;
}

std::string shortened(const std::string& text) {
    if (text.size() <= kLongestLabel) return text;
    std::size_t end = kLongestLabel;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
    return text.substr(0, end) + "...";
}

class Picture {
public:
    Picture(const History& history, const Verdict& verdict) : history_(history) {
        if (verdict.offence) offence_ = &*verdict.offence;
        choose();
        lay_out();
    }

    std::string svg() const {
        const int height = kTop + kRow * static_cast<int>(rows_.size()) + 12;
        std::string text = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" +
                           std::to_string(right_ + 12) + "\" height=\"" + std::to_string(height) +
                           "\" font-family=\"sans-serif\" font-size=\"12\">\n";
        text += "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
        text += "<text x=\"8\" y=\"18\" fill=\"#444\">" + escaped(title()) + "</text>\n";
        for (const auto& [process, row] : rows_) {
            const std::string y = std::to_string(kTop + kRow * row + 18);
            text += "<text x=\"8\" y=\"" + y + "\" fill=\"#444\">" +
                    escaped(shortened(history_.processes[process])) + "</text>\n";
        }
        for (const Bar& bar : bars_) text += drawn(bar);
        return text + "</svg>\n";
    }

private:
    struct Bar {
        std::uint32_t number;
        int from = 0;
        int to = 0;
        std::string label;
    };

    bool is_misfit(std::uint32_t number) const {
        return offence_ != nullptr && offence_->misfit == number;
    }

    std::string title() const {
        std::string text = "process";
        if (offence_ != nullptr && !history_.keys[offence_->key].empty()) {
            text += ", key " + history_.keys[offence_->key];
        }
        if (skipped_ > 0) text += "; " + std::to_string(skipped_) + " operations are not drawn";
        return text;
    }

    // The latest operations that matter to the offence, and a few that came after.
    void choose() {
        std::vector<std::uint32_t> before;
        std::vector<std::uint32_t> after;
        for (std::uint32_t i = 0; i < history_.operations.size(); ++i) {
            const Operation& operation = history_.operations[i];
            if (offence_ != nullptr && operation.key != offence_->key) continue;
            const bool later = offence_ != nullptr && operation.invoked > end_of_offence();
            (later ? after : before).push_back(i);
        }
        const std::size_t all = before.size() + after.size();
        if (offence_ == nullptr) {
            before.resize(std::min(before.size(), kMostBars));
        } else if (before.size() > kMostBars) {
            // What ended last, and so is nearest to the offence; the misfit began earlier, perhaps.
            const auto rank = [&](std::uint32_t i) {
                return is_misfit(i) ? kNever
                                    : std::min(history_.operations[i].completed,
                                               history_.operations[i].known()
                                                   ? kNever
                                                   : history_.operations[i].invoked);
            };
            std::sort(before.begin(), before.end(), [&](auto a, auto b) {
                return std::pair(rank(a), a) > std::pair(rank(b), b);
            });
            before.resize(kMostBars);
            std::sort(before.begin(), before.end());
        }
        after.resize(std::min(after.size(), kBarsAfter));
        for (const auto& part : {before, after}) {
            for (const std::uint32_t i : part) bars_.push_back({i, 0, 0, ""});
        }
        skipped_ = all - bars_.size();
    }

    std::uint32_t end_of_offence() const { return history_.operations[offence_->misfit].completed; }

    // Each event as far left as its words and the events before it allow.
    void lay_out() {
        std::vector<std::pair<std::uint32_t, std::size_t>> events;
        std::size_t longest = 0;
        for (std::size_t i = 0; i < bars_.size(); ++i) {
            const Operation& operation = history_.operations[bars_[i].number];
            events.emplace_back(operation.invoked, i);
            if (operation.known()) events.emplace_back(operation.completed, i);
            rows_.emplace(operation.process, 0);
            const std::string text = text_of(history_, operation);
            const std::string& key = history_.keys[operation.key];
            const bool named = !key.empty() && offence_ != nullptr;
            bars_[i].label = shortened(named ? text.substr(key.size() + 2) : text);
            longest = std::max(longest, shortened(history_.processes[operation.process]).size());
        }
        int row = 0;
        for (auto& [process, place] : rows_) place = row++;
        std::sort(events.begin(), events.end());
        left_ = 20 + 7 * static_cast<int>(std::max<std::size_t>(longest, 2));
        int at = left_;
        for (const auto& [event, i] : events) {
            Bar& bar = bars_[i];
            const bool begins = event == history_.operations[bar.number].invoked;
            at += kGap;
            if (begins) {
                bar.from = at;
            } else {
                at = bar.to = std::max(at, bar.from + width_of(bar));
            }
        }
        right_ = at + 3 * kGap;
        for (Bar& bar : bars_) {
            if (!history_.operations[bar.number].known()) {
                right_ = std::max(right_, bar.from + width_of(bar));
            }
        }
        for (Bar& bar : bars_) {
            if (!history_.operations[bar.number].known()) bar.to = right_;
        }
    }
    static int width_of(const Bar& bar) { return 12 + 7 * static_cast<int>(bar.label.size()); }

    const char* colour_of(std::uint32_t number) const {
        if (offence_ == nullptr) return "#cfe3f5";
        if (is_misfit(number)) return "#d62728";
        if (history_.operations[number].invoked > end_of_offence()) return "#e6e6e6";
        const auto& open = offence_->together;
        return std::binary_search(open.begin(), open.end(), number) ? "#fde9a9" : "#cfe3f5";
    }

    std::string drawn(const Bar& bar) const {
        const Operation& operation = history_.operations[bar.number];
        const int y = kTop + kRow * rows_.at(operation.process);
        std::string text = "<g><title>" + escaped(text_of(history_, operation)) + " by process " +
                           escaped(history_.processes[operation.process]);
        if (operation.invoked_line > 0) {
            text += ", line " + std::to_string(operation.invoked_line);
        }
        if (operation.completed_line > 0) {
            text += " to " + std::to_string(operation.completed_line);
        }
        text += "</title><rect x=\"" + std::to_string(bar.from) + "\" y=\"" +
                std::to_string(y + 3) + "\" width=\"" + std::to_string(bar.to - bar.from) +
                "\" height=\"22\" rx=\"3\" stroke=\"#555\" fill=\"" + colour_of(bar.number) + "\"";
        if (!operation.known()) text += " stroke-dasharray=\"4 3\"";
        text += "/><text x=\"" + std::to_string(bar.from + 6) + "\" y=\"" + std::to_string(y + 18) +
                "\" fill=\"" + (is_misfit(bar.number) ? "white" : "#222") + "\">" +
                escaped(bar.label) + "</text></g>\n";
        return text;
    }

    const History& history_;
    const Offence* offence_ = nullptr;
    std::vector<Bar> bars_;
    std::map<std::uint32_t, int> rows_;  // by process
    std::size_t skipped_ = 0;
    int left_ = 0;
    int right_ = 0;
};

}  // namespace

std::string timeline_svg(const History& history, const Verdict& verdict) {
    return Picture(history, verdict).svg();
}

std::string timeline_html(const std::string& name, const History& history, const Verdict& verdict) {
    std::string text = "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n<title>" +
                       escaped(name) + "</title>\n<body style=\"font-family: sans-serif\">\n<h1>" +
                       escaped(name) + "</h1>\n";
    if (verdict.offence) {
        text += "<pre>" + escaped(explain(history, *verdict.offence)) + "</pre>\n";
    }
    text += "<div style=\"overflow-x: auto\">\n" + timeline_svg(history, verdict) + "</div>\n";
    return text +
           "<p>Red: fits nowhere. Blue: took effect before, in some order. Yellow: open "
           "beside it. Grey: later. Dashed: may never have taken effect.</p>\n</html>\n";
}

}  // namespace shaketable::history
