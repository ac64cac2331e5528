// SPDX-License-Identifier: MIT
//
// `shaketable init`: a first scenario, with comments, to be changed.
#include <filesystem>

#include <fmt/format.h>

#include "sim/cli/command.hpp"
#include "sim/cli/files.hpp"
#include "sim/cli/options.hpp"
#include "sim/scenario/diagnostics.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/scenario/starter.hpp"

namespace shaketable::cli {

namespace {

boost::program_options::options_description no_options() { return {}; }

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kInitCommand, context, words);
    if (arguments.answered()) return kPass;
    const std::string& path = arguments.only_word("FILE");
    if (std::filesystem::exists(path)) {
        throw InputError(fmt::format("{} is there already; nothing was written", path));
    }
    const std::string text = starter(std::filesystem::path(path).stem().string());
    const LoadResult loaded = load_scenario_text(text, path);
    if (!loaded.ok()) {
        context.terminal.err(format(loaded.diagnostics));
        throw InputError(
            fmt::format("{}: a scenario can't be called like this; write a name of "
                        "a-z, 0-9 and inner - or _, such as my_first_scenario.yaml",
                        path));
    }
    refuse_unwritable(path);
    write_file(path, text);
    context.terminal.out(
        fmt::format("{0}: a leader crashes; try shaketable run {0}\n", shell_word(path)));
    return kPass;
}

}  // namespace

const Command kInitCommand = {"init",
                              "FILE",
                              "write a first scenario, with comments",
                              "Writes a scenario that runs as it is and explains itself, to be "
                              "changed. A file that is there\n"
                              "stays as it was. Exit status 0: written; 2: not.\n\n"
                              "  shaketable init my_first_scenario.yaml\n",
                              no_options,
                              run};

}  // namespace shaketable::cli
