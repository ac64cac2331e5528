// SPDX-License-Identifier: MIT
//
// `shaketable completion`: what a shell must know to complete command lines, from the tables that
// also make the help: commands, their options and usage, the keys of scenarios, the faults.
//
// What a command's words are is read off its usage line: `faults|runs|commands` are words to choose
// from, RUN_KEY stands for the runs of the database in the folder, KEY for keys of a scenario,
// COMMAND for commands. Everything else, SCENARIO above all, is a file.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/program_options.hpp>

#include "sim/cli/command.hpp"
#include "sim/cli/options.hpp"
#include "sim/scenario/diagnostics.hpp"
#include "sim/scenario/schema.hpp"

namespace shaketable::cli {

namespace {

struct Option {
    std::string name;    // with its dashes
    std::string letter;  // of its short form, or empty
    std::string summary;
    bool takes_value = false;
};

struct Completed {
    std::string name;
    std::string summary;
    std::vector<Option> options;
    std::vector<std::string> words;  // to choose from
    bool runs = false;               // keys of runs
};

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts;
    for (std::size_t from = 0; from <= text.size();) {
        const std::size_t to = std::min(text.find(at, from), text.size());
        parts.emplace_back(text.substr(from, to - from));
        from = to + 1;
    }
    return parts;
}

std::vector<std::string> scenario_words() {
    std::vector<std::string> words;
    for (const KeyDescriptor& key : keys()) words.emplace_back(key.path);
    for (const std::string_view fault : fault_words()) words.emplace_back(fault);
    // What a shell would take for a pattern is of no use to complete.
    std::erase_if(words, [](const std::string& word) {
        return word.find_first_of("[]*") != std::string::npos;
    });
    return words;
}

void read_usage(const Command& command, Completed& completed) {
    for (std::string word : split(command.arguments, ' ')) {
        std::erase_if(word, [](char c) { return c == '[' || c == ']' || c == '.'; });
        if (word == "KEY") completed.words = scenario_words();
        if (word == "COMMAND") {
            for (const Command* one : commands()) completed.words.emplace_back(one->name);
        }
        if (word.starts_with("RUN_KEY") || word == "LEFT" || word == "RIGHT") completed.runs = true;
        const bool choice =
            word.find('|') != std::string::npos &&
            std::none_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
        if (choice) completed.words = split(word, '|');
    }
}

std::vector<Completed> all_completed() {
    std::vector<Completed> all;
    for (const Command* command : commands()) {
        Completed completed{std::string(command->name), std::string(command->summary), {}, {}};
        // A temporary in the range of a loop would be gone before its first round.
        const boost::program_options::options_description options = command->options();
        for (const auto& option : options.options()) {
            const std::string brief = option->canonical_display_name(
                boost::program_options::command_line_style::allow_dash_for_short);
            const bool has_letter = brief.size() == 2 && brief[0] == '-' && brief[1] != '-';
            completed.options.push_back({"--" + option->long_name(),
                                         has_letter ? brief.substr(1) : "", option->description(),
                                         !option->format_parameter().empty()});
        }
        completed.options.push_back({"--help", "h", "what this command does", false});
        completed.options.push_back({"--no-color", "", "no colour", false});
        read_usage(*command, completed);
        all.push_back(std::move(completed));
    }
    return all;
}

// Within single quotes of any of the three shells.
std::string quoted(std::string text) {
    std::erase(text, '\'');
    return "'" + text + "'";
}

constexpr const char* kRunKeys = "shaketable list runs 2>/dev/null | cut -d ' ' -f 1";

std::string names_of(const std::vector<Completed>& all) {
    std::vector<std::string> names;
    for (const Completed& one : all) names.push_back(one.name);
    return fmt::format("{}", fmt::join(names, " "));
}

std::string for_bash(const std::vector<Completed>& all) {
    std::string text =
        "# Completion of shaketable for bash: source <(shaketable completion bash)\n"
        "_shaketable() {\n"
        "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
        "    local options='' valued='' words='' runs=''\n"
        "    COMPREPLY=()\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n";
    text += fmt::format(
        "        COMPREPLY=($(compgen -W '{} --help --version --no-color' -- \"$word\"))\n"
        "        return\n    fi\n    case ${{COMP_WORDS[1]}} in\n",
        names_of(all));
    for (const Completed& one : all) {
        std::vector<std::string> options;
        std::vector<std::string> valued;
        for (const Option& option : one.options) {
            options.push_back(option.name);
            if (!option.takes_value) continue;
            valued.push_back(option.name);
            if (!option.letter.empty()) valued.push_back("-" + option.letter);
        }
        text += fmt::format("    {})\n        options='{}'\n        valued=' {} '\n", one.name,
                            fmt::join(options, " "), fmt::join(valued, " "));
        if (!one.words.empty()) {
            text += fmt::format("        words='{}'\n", fmt::join(one.words, " "));
        }
        if (one.runs) text += "        runs=yes\n";
        text += "        ;;\n";
    }
    text += fmt::format(
        "    esac\n"
        "    if [[ $valued == *\" $before \"* ]]; then\n"
        "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
        "    elif [[ $word == -* ]]; then\n"
        "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
        "    elif [ -n \"$words\" ]; then\n"
        "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
        "    else\n"
        "        [ -n \"$runs\" ] && COMPREPLY=($(compgen -W \"$({})\" -- \"$word\"))\n"
        "        COMPREPLY+=($(compgen -f -- \"$word\"))\n"
        "    fi\n"
        "}}\n"
        "complete -o filenames -F _shaketable shaketable\n",
        kRunKeys);
    return text;
}

// What _arguments takes: brackets and colons mean something to it.
std::string zsh_summary(std::string text) {
    std::erase_if(text, [](char c) { return c == '[' || c == ']' || c == ':' || c == '\''; });
    return text;
}

std::string for_zsh(const std::vector<Completed>& all) {
    std::string text =
        "#compdef shaketable\n"
        "# Completion of shaketable for zsh: shaketable completion zsh > a folder of $fpath, as "
        "_shaketable\n"
        "_shaketable() {\n"
        "    local -a commands\n"
        "    if (( CURRENT == 2 )); then\n"
        "        commands=(\n";
    for (const Completed& one : all) {
        text += fmt::format("            '{}:{}'\n", one.name, zsh_summary(one.summary));
    }
    text +=
        "        )\n"
        "        _describe command commands\n"
        "        return\n"
        "    fi\n"
        "    local command=$words[2]\n"
        "    shift words\n"
        "    (( CURRENT-- ))\n"
        "    case $command in\n";
    for (const Completed& one : all) {
        text += fmt::format("    {})\n        _arguments -s", one.name);
        for (const Option& option : one.options) {
            const std::string summary = zsh_summary(option.summary);
            const char* value = option.takes_value ? ":value:_files" : "";
            text += fmt::format(" \\\n            '*{}[{}]{}'", option.name, summary, value);
            if (option.letter.empty()) continue;
            text += fmt::format(" \\\n            '*-{}[{}]{}'", option.letter, summary, value);
        }
        if (!one.words.empty()) {
            text += fmt::format(" \\\n            '*:word:({})'", fmt::join(one.words, " "));
        } else if (one.runs) {
            text +=
                fmt::format(" \\\n            '*:run:{{ compadd -- ${{(f)\"$({})\"}}; _files }}'",
                            "shaketable list runs 2>/dev/null | cut -d\" \" -f1");
        } else {
            text += " \\\n            '*:file:_files'";
        }
        text += "\n        ;;\n";
    }
    return text + "    esac\n}\n_shaketable \"$@\"\n";
}

std::string for_fish(const std::vector<Completed>& all) {
    std::string text = "# Completion of shaketable for fish: shaketable completion fish | source\n";
    for (const Completed& one : all) {
        text += fmt::format("complete -c shaketable -f -n __fish_use_subcommand -a {} -d {}\n",
                            one.name, quoted(one.summary));
    }
    for (const Completed& one : all) {
        const std::string within = fmt::format(
            "complete -c shaketable -n "
            "'__fish_seen_subcommand_from {}'",
            one.name);
        for (const Option& option : one.options) {
            text += fmt::format("{} -l {}", within, option.name.substr(2));
            if (!option.letter.empty()) text += " -s " + option.letter;
            text +=
                fmt::format("{} -d {}\n", option.takes_value ? " -r" : "", quoted(option.summary));
        }
        if (!one.words.empty()) {
            text += fmt::format("{} -f -a '{}'\n", within, fmt::join(one.words, " "));
        } else if (one.runs) {
            text += within + " -a '(shaketable list runs 2>/dev/null | cut -d \" \" -f 1)'\n";
        }
    }
    return text;
}

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kCompletionCommand, context, words);
    if (arguments.answered()) return kPass;
    const std::string& shell = arguments.only_word("bash, zsh or fish");
    const std::vector<Completed> all = all_completed();
    if (shell == "bash") {
        context.terminal.out(for_bash(all));
    } else if (shell == "zsh") {
        context.terminal.out(for_zsh(all));
    } else if (shell == "fish") {
        context.terminal.out(for_fish(all));
    } else {
        const std::string hint = did_you_mean(shell, {"bash", "zsh", "fish"});
        throw UsageError(fmt::format("there is no completion for '{}'; {}", shell,
                                     hint.empty() ? "choose bash, zsh or fish" : hint));
    }
    return kPass;
}

boost::program_options::options_description no_options() { return {}; }

}  // namespace

const Command kCompletionCommand = {
    "completion",
    "bash|zsh|fish",
    "what a shell needs to complete command lines",
    "Prints a script that teaches a shell the commands, their options, the kinds of fault, the "
    "keys of\n"
    "scenarios and the runs of the database in the folder.\n\n"
    "  source <(shaketable completion bash)\n"
    "  shaketable completion zsh > ~/.zfunc/_shaketable\n"
    "  shaketable completion fish > ~/.config/fish/completions/shaketable.fish\n",
    no_options,
    run};

}  // namespace shaketable::cli
