// SPDX-License-Identifier: MIT
//
// `shaketable version` and `shaketable help`.
#include <fmt/format.h>
#include <boost/program_options.hpp>

#include "sim/cli/command.hpp"
#include "sim/cli/options.hpp"
#include "sim/run/run.hpp"

namespace shaketable::cli {

namespace {

boost::program_options::options_description no_options() { return {}; }

ExitCode version(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kVersionCommand, context, words);
    if (arguments.answered()) return kPass;
    context.terminal.out(
        fmt::format("shaketable {} (model {})\n", SHAKETABLE_VERSION, model_version()));
    return kPass;
}

ExitCode help(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kHelpCommand, context, words);
    if (arguments.answered()) return kPass;
    if (arguments.words().empty()) {
        context.terminal.out(help_text());
        return kPass;
    }
    const std::string& name = arguments.only_word("COMMAND");
    context.terminal.out(help_text(command_or_refuse(name)));
    return kPass;
}

}  // namespace

const Command kVersionCommand = {
    "version",
    "",
    "the program's version and its model's",
    "Two programs of one model version give the same runs, fingerprint for fingerprint.",
    no_options,
    version};

const Command kHelpCommand = {
    "help", "[COMMAND]", "this, or a command's options", "Explains a command.", no_options, help};

}  // namespace shaketable::cli
