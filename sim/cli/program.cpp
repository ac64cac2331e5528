// SPDX-License-Identifier: MIT
#include <array>
#include <cstdio>
#include <exception>

#include <fmt/format.h>
#include <boost/program_options/parsers.hpp>

#include "sim/cli/command.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/scenario/diagnostics.hpp"
#include "sim/store/store.hpp"

namespace shaketable::cli {

namespace {

std::span<const Command* const> table() {
    static const std::array kTable = {
        &kRunCommand,     &kGateCommand,       &kSweepCommand,   &kCompareCommand,
        &kSwarmCommand,   &kCheckCommand,      &kPlanCommand,    &kReplayCommand,
        &kForkCommand,    &kDiffCommand,       &kShrinkCommand,  &kTraceCommand,
        &kHistoryCommand, &kExportCommand,     &kDependenciesCommand,
        &kListCommand,    &kExplainCommand,    &kInitCommand,    &kCompletionCommand,
        &kVersionCommand, &kHelpCommand};
    return kTable;
}

// The command, and its arguments: everything but the program's own options before it.
ExitCode dispatch(Context& context, const Command** chosen) {
    std::size_t i = 1;
    for (; i < context.argv.size() && context.argv[i].starts_with('-'); ++i) {
        const std::string& option = context.argv[i];
        if (option == "--no-color") {
            context.terminal.forbid_colour();
        } else if (option == "--help" || option == "-h") {
            context.terminal.out(help_text());
            return kPass;
        } else if (option == "--version") {
            return kVersionCommand.run(context, {});
        } else {
            throw UsageError(fmt::format("unknown option {}; options follow the command", option));
        }
    }
    if (i == context.argv.size()) {
        context.terminal.err(help_text());
        return kUsage;
    }
    *chosen = &command_or_refuse(context.argv[i]);
    const std::vector<std::string> arguments(
        context.argv.begin() + static_cast<std::ptrdiff_t>(i) + 1, context.argv.end());
    return (*chosen)->run(context, arguments);
}

ExitCode status_of(const StoreError& error) {
    return error.kind() == StoreError::Kind::nondeterminism ? kInternal : kUsage;
}

}  // namespace

std::span<const Command* const> commands() { return table(); }

const Command& command_or_refuse(std::string_view name) {
    std::vector<std::string> known;
    for (const Command* command : commands()) {
        if (command->name == name) return *command;
        known.emplace_back(command->name);
    }
    const std::string hint = did_you_mean(name, known);
    throw UsageError(fmt::format("unknown command '{}'{}{}", name, hint.empty() ? "" : "; ", hint));
}

std::string help_text() {
    std::string text =
        "shaketable: breaks a simulated cluster by a scenario and a seed, and measures how long\n"
        "service was gone (RTO), what was lost (RPO) and whether the objectives held.\n\n"
        "usage: shaketable COMMAND [OPTIONS]\n\n";
    TextTable table;
    for (const Command* command : commands()) {
        table.add({fmt::format("{} {}", command->name, command->arguments),
                   std::string(command->summary)});
    }
    return text + table.text(2) +
           "\nexit status: 0 pass, 1 fail, 2 usage or invalid scenario, 3 inconclusive,\n"
           "             4 internal error or a run that came out differently, 130 interrupted\n"
           "\nnext: shaketable help run\n";
}

std::string help_text(const Command& command) {
    std::string text = fmt::format("usage: shaketable {} {}", command.name, command.arguments);
    const auto options = command.options();
    if (!options.options().empty()) text += " [OPTIONS]";
    text += fmt::format("\n\n{}\n", command.details);
    TextTable table;
    for (const auto& option : options.options()) {
        const std::string brief = option->canonical_display_name(
            boost::program_options::command_line_style::allow_dash_for_short);
        const std::string name = "--" + option->long_name();
        const std::string value = option->format_parameter();
        table.add({brief.starts_with("-") ? brief : "", value.empty() ? name : name + " " + value,
                   option->description()});
    }
    return text + table.text(2);
}

ExitCode run_program(const std::vector<std::string>& argv, const std::atomic<bool>& stop) {
    Context context{Terminal::detect(), argv, stop};
    const Command* command = nullptr;
    ExitCode status = kInternal;
    try {
        status = dispatch(context, &command);
    } catch (const UsageError& error) {
        context.terminal.complain(error.what());
        context.terminal.note(fmt::format("see: shaketable help{}{}", command != nullptr ? " " : "",
                                          command != nullptr ? command->name : ""));
        status = kUsage;
    } catch (const InputError& error) {
        context.terminal.complain(error.what());
        status = kUsage;
    } catch (const StoreError& error) {
        context.terminal.complain(error.what());
        status = status_of(error);
    } catch (const std::exception& error) {
        context.terminal.complain(fmt::format("internal error: {}", error.what()));
        status = kInternal;
    }
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        context.terminal.complain("standard output can't be written");
        if (status == kPass) status = kInternal;
    }
    return status;
}

}  // namespace shaketable::cli
