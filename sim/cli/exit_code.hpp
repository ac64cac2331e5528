// SPDX-License-Identifier: MIT
//
// What the program's exit status says. Part of the interface: scripts and CI decide by it.
#pragma once

#include "core/base/check.hpp"
#include "sim/run/result.hpp"

namespace shaketable::cli {

enum ExitCode : int {
    kPass = 0,          // all targets met, all checks held; or the command did what it was asked
    kFail = 1,          // a target missed, a check failed, a promise broken; or two runs differ
    kUsage = 2,         // wrong usage, an invalid scenario, a database that can't be used
    kInconclusive = 3,  // not enough evidence for a verdict; never to be read as a pass
    kInternal = 4,      // a bug of this program, or a run that came out differently than before
    kInterrupted = 130  // SIGINT or SIGTERM; finished runs are in the database
};

constexpr ExitCode exit_code(Verdict verdict) {
    switch (verdict) {
        case Verdict::pass: return kPass;
        case Verdict::fail: return kFail;
        case Verdict::inconclusive: return kInconclusive;
    }
    throw novacron::BugError("a verdict is one of three");
}

}  // namespace shaketable::cli
