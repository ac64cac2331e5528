// SPDX-License-Identifier: MIT
//
// The scenario files that come with the repository.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace shaketable::testing {

// The YAML files below a folder of the repository, in order.
inline std::vector<std::string> yaml_files(const std::string& folder) {
    std::vector<std::string> result;
    const std::string root = std::string(SHAKETABLE_SOURCE_DIR) + "/" + folder;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (entry.path().extension() == ".yaml") result.push_back(entry.path().string());
    }
    std::sort(result.begin(), result.end());
    return result;
}

// Those that can be run by themselves.
inline std::vector<std::string> shipped_scenarios() {
    std::vector<std::string> result = yaml_files("scenarios");
    std::erase_if(result, [](const std::string& path) {
        return std::filesystem::path(path).parent_path().filename() == "common";
    });
    return result;
}

}  // namespace shaketable::testing
