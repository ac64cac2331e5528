// SPDX-License-Identifier: MIT
#include "sim/alert/labels.hpp"

#include <algorithm>

namespace shaketable {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_letter_or_digit(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Labels labels_of(std::vector<Label> labels) {
    std::stable_sort(labels.begin(), labels.end(),
                     [](const Label& a, const Label& b) { return a.name < b.name; });
    Labels result;
    for (Label& label : labels) {
        if (!result.empty() && result.back().name == label.name) {
            result.back() = std::move(label);
        } else {
            result.push_back(std::move(label));
        }
    }
    std::erase_if(result, [](const Label& label) { return label.value.empty(); });
    return result;
}

std::string_view value_of(const Labels& labels, std::string_view name) {
    for (const Label& label : labels) {
        if (label.name == name) return label.value;
    }
    return {};
}

Labels without(const Labels& labels, const std::vector<std::string>& names) {
    Labels result = labels;
    std::erase_if(result, [&](const Label& label) { return contains(names, label.name); });
    return result;
}

Labels only(const Labels& labels, const std::vector<std::string>& names) {
    Labels result = labels;
    std::erase_if(result, [&](const Label& label) { return !contains(names, label.name); });
    return result;
}

std::string text_of(std::string_view name, const Labels& labels) {
    std::string text(name);
    if (labels.empty()) return text;
    text += '{';
    for (const Label& label : labels) {
        if (&label != &labels.front()) text += ", ";
        text += label.name + "=\"";
        for (const char c : label.value) {
            if (c == '"' || c == '\\') text += '\\';
            if (c == '\n') {
                text += "\\n";
            } else {
                text += c;
            }
        }
        text += '"';
    }
    return text + '}';
}

bool is_label_name(std::string_view text) {
    return !text.empty() && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_letter_or_digit(c); });
}

bool is_metric_name(std::string_view text) {
    return !text.empty() && (is_letter(text.front()) || text.front() == ':') &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_letter_or_digit(c) || c == ':'; });
}

}  // namespace shaketable
