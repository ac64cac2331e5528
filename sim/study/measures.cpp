// SPDX-License-Identifier: MIT
#include "sim/study/measures.hpp"

#include "sim/study/resample.hpp"

namespace shaketable {

RunMeasures measures_of(const Result& result) {
    RunMeasures run;
    run.seed = result.seed;
    run.fingerprint = result.fingerprint;
    for (const RecoveryRow& row : result.recovery) {
        const std::string rto = "rto." + row.scope;
        run.values[rto] = row.rto ? row.rto->ns : kNever;
        for (const PhaseRow& phase : row.phases) {
            run.values[rto + "." + phase.name] = phase.duration.ns;
        }
        run.values["unavailable." + row.scope] = row.unavailable.ns;
    }
    if (result.loss) {
        run.values["rpo.time"] = result.loss->rpo_time.ns;
        run.values["rpo.operations"] = static_cast<std::int64_t>(result.loss->lost_acked_ops);
    }
    run.values["elections"] = static_cast<std::int64_t>(result.elections);
    return run;
}

Unit unit_of(std::string_view measure) {
    return measure == "elections" || measure == "rpo.operations" ? Unit::count : Unit::nanoseconds;
}

}  // namespace shaketable
