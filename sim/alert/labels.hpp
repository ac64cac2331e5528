// SPDX-License-Identifier: MIT
//
// What tells one series of a metric from another: names with values, as {site="east", zone="a"}.
//
// Invariant: the labels of a set ascend by name, and no name is there twice; a label whose value is
// empty is as good as none and is not there.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace shaketable {

struct Label {
    std::string name;
    std::string value;
    friend auto operator<=>(const Label&, const Label&) = default;
};
using Labels = std::vector<Label>;

// Sorted, without those that are empty. Of two of a name the later counts.
Labels labels_of(std::vector<Label> labels);
// Empty if there is none.
std::string_view value_of(const Labels& labels, std::string_view name);
// The labels without these; or of these only.
Labels without(const Labels& labels, const std::vector<std::string>& names);
Labels only(const Labels& labels, const std::vector<std::string>& names);

// NodeDown{node="node-3"}, or NodeDown alone: a name, and labels as Prometheus writes them.
std::string text_of(std::string_view name, const Labels& labels);

// [a-zA-Z_][a-zA-Z0-9_]*; of a metric a colon as well.
bool is_label_name(std::string_view text);
bool is_metric_name(std::string_view text);

}  // namespace shaketable
