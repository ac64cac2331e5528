// SPDX-License-Identifier: MIT
//
// `shaketable explain`: what a key of the scenario file means, from the table that also validates
// it.
#include <fmt/format.h>
#include <boost/program_options.hpp>

#include "sim/cli/command.hpp"
#include "sim/cli/options.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/scenario/json_schema.hpp"
#include "sim/scenario/schema.hpp"

namespace shaketable::cli {

namespace {

boost::program_options::options_description options() {
    boost::program_options::options_description all;
    all.add_options()("json-schema", "print a JSON Schema of scenario files, for editors");
    return all;
}

std::string top_level() {
    TextTable table;
    for (const KeyDescriptor* key : children_of("")) {
        table.add({std::string(key->path), std::string(key->description)});
    }
    return table.text(0);
}

ExitCode run(Context& context, const std::vector<std::string>& words) {
    const Arguments arguments(kExplainCommand, context, words);
    if (arguments.answered()) return kPass;
    if (arguments.has("json-schema")) {
        if (!arguments.words().empty()) throw UsageError("--json-schema is of all keys");
        context.terminal.out(json_schema());
        return kPass;
    }
    if (arguments.words().empty()) {
        context.terminal.out(top_level());
        return kPass;
    }
    const std::string& key = arguments.only_word("KEY");
    std::optional<std::string> text = explain(key);
    if (!text) {
        const std::string nearest = explain_suggestion(key);
        throw UsageError(fmt::format("a scenario has no key or fault '{}'{}", key,
                                     nearest.empty() ? "" : "; did you mean " + nearest + "?"));
    }
    if (!text->ends_with('\n')) *text += '\n';
    context.terminal.out(*text);
    return kPass;
}

}  // namespace

const Command kExplainCommand = {"explain",
                                 "[KEY]",
                                 "what a key of a scenario file means",
                                 "Explains a key (its type, default, bounds and meaning) or a "
                                 "fault; without a key, lists those of\n"
                                 "the top level.\n\n"
                                 "  shaketable explain faults.at\n"
                                 "  shaketable explain network.partition\n"
                                 "  shaketable explain --json-schema > scenario.schema.json\n",
                                 options,
                                 run};

}  // namespace shaketable::cli
