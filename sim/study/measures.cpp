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
    run.values["needless_elections"] = static_cast<std::int64_t>(result.needless_elections);
    return run;
}

Unit unit_of(std::string_view measure) {
    const bool counts = measure.ends_with("elections") || measure == "rpo.operations";
    return counts ? Unit::count : Unit::nanoseconds;
}

}  // namespace shaketable
