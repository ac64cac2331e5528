// SPDX-License-Identifier: MIT
//
// The program's commands as a table: the same lines make the help, `list commands`, the
// suggestions for a misspelt word and the dispatch.
#pragma once

#include <atomic>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/program_options/options_description.hpp>

#include "sim/cli/exit_code.hpp"
#include "sim/cli/terminal.hpp"

namespace shaketable::cli {

// The user asked for something that doesn't exist or makes no sense: exit status 2.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The command is well formed, and what it names is not: exit status 2, without a lesson on usage.
class InputError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct Context {
    Terminal terminal;
    std::vector<std::string> argv;  // the whole command line, the program's name first
    const std::atomic<bool>& stop;  // set when the user wants out
};

struct Command {
    std::string_view name;
    std::string_view arguments;  // "SCENARIO", "LEFT RIGHT"
    std::string_view summary;    // one line
    std::string_view details;  // for its help: what it prints, what its exit status says, examples
    boost::program_options::options_description (*options)();
    ExitCode (*run)(Context& context, const std::vector<std::string>& arguments);
};

// In the order of the help.
std::span<const Command* const> commands();
// Throws UsageError with the nearest command's name.
const Command& command_or_refuse(std::string_view name);

// In the file of each command's name.
extern const Command kRunCommand, kGateCommand, kSweepCommand, kCompareCommand,
    kSwarmCommand, kCheckCommand,
    kPlanCommand, kReplayCommand, kForkCommand, kDiffCommand, kShrinkCommand, kTraceCommand,
    kHistoryCommand, kExportCommand, kDependenciesCommand, kListCommand, kExplainCommand,
    kInitCommand, kCompletionCommand, kVersionCommand, kHelpCommand;

std::string help_text();
std::string help_text(const Command& command);

// The program from the command line on; reports every kind of trouble and turns it into a status.
ExitCode run_program(const std::vector<std::string>& argv, const std::atomic<bool>& stop);

}  // namespace shaketable::cli
