// SPDX-License-Identifier: MIT
#include "tests/raft/interaction.hpp"

#include "tests/raft/interaction_words.hpp"

namespace novacron::raft {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

}  // namespace

Script parse_script(std::string name, std::string_view text) {
    Script script;
    script.name = std::move(name);
    script.before.emplace_back();
    const std::vector<std::string> lines = lines_of(text);
    for (std::size_t i = 0; i < lines.size();) {
        if (lines[i].empty() || lines[i][0] == '#') {
            script.before.back() += lines[i++] + "\n";
            continue;
        }
        Step step;
        step.line = i + 1;
        step.command = lines[i++];
        if (step.command == "----") fail_at(script.name, step.line, "there is no command above");
        for (; i < lines.size() && lines[i] != "----"; ++i) {
            if (lines[i].empty()) fail_at(script.name, step.line, "the command has no ----");
            step.input.push_back(lines[i]);
        }
        if (i++ == lines.size()) fail_at(script.name, step.line, "the command has no ----");
        for (; i < lines.size() && !lines[i].empty(); ++i) step.expected += lines[i] + "\n";
        script.steps.push_back(std::move(step));
        script.before.emplace_back();
    }
    return script;
}

std::string text_of(const Script& script, const std::vector<std::string>& outputs) {
    std::string text;
    for (std::size_t i = 0; i < script.steps.size(); ++i) {
        const Step& step = script.steps[i];
        text += script.before[i] + step.command + "\n";
        for (const std::string& line : step.input) text += line + "\n";
        text += "----\n" + (i < outputs.size() ? outputs[i] : step.expected);
    }
    return text + script.before.back();
}

std::string difference(const Script& script, const std::vector<std::string>& outputs) {
    std::string text;
    for (std::size_t i = 0; i < script.steps.size(); ++i) {
        const Step& step = script.steps[i];
        if (i >= outputs.size()) {
            return text + script.name + ":" + std::to_string(step.line) + ": is not reached\n";
        }
        if (outputs[i] == step.expected) continue;
        text += script.name + ":" + std::to_string(step.line) + ": " + step.command + "\n";
        for (const std::string& line : lines_of(step.expected)) {
            text += "  expected: " + line + "\n";
        }
        for (const std::string& line : lines_of(outputs[i])) {
            text += "  is:       " + line + "\n";
        }
    }
    return text;
}

}  // namespace novacron::raft
