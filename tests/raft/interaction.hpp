// SPDX-License-Identifier: MIT
//
// A small language in which a conversation among Raft servers is written down with what comes of
// it: one command after another, each with the output that it must have.
//
//     # The order to stand gets lost; the next heartbeat repeats it.
//     transfer S1 to S2
//     ----
//     S1 -> S2: stand-now term 1
//
//     drop type=stand-now
//     ----
//     dropped 1
//
// A command is a line, with lines of input below it if it takes any; `----` ends it, and the
// expected output goes on to an empty line or the end. `#` begins a comment. tests/raft/
// interactions/README.md lists the commands. Nothing is delivered, timed out or made durable unless
// a command says so, disks aside, which are instant until they are told to be slow.
//
// A command's output is what it changed: of each server its role, term, leader, the end of its log
// and its commit; answered reads; and the messages that were put on the wire.
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace novacron::raft {

// A script that can't be read or carried out: "file:line: what is wrong".
class ScriptError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct Step {
    std::size_t line = 0;            // of the command, from 1
    std::string command;
    std::vector<std::string> input;
    std::string expected;            // lines, each ended by a newline
};

// The steps of a script, with what stands before each (comments, empty lines) and after the last.
struct Script {
    std::string name;
    std::vector<std::string> before;  // one more than steps
    std::vector<Step> steps;
};
Script parse_script(std::string name, std::string_view text);

// The output of each step. Throws ScriptError at a command that can't be carried out.
std::vector<std::string> play(const Script& script);

// The script with these outputs in place of the expected ones.
std::string text_of(const Script& script, const std::vector<std::string>& outputs);

// Where outputs differ from what was expected, for people; empty if nowhere.
std::string difference(const Script& script, const std::vector<std::string>& outputs);

}  // namespace novacron::raft
