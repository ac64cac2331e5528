// SPDX-License-Identifier: MIT
//
// What became of the orders about versions, folded from the facts of a run.
#pragma once

#include <optional>
#include <vector>

#include "sim/record/record.hpp"

namespace shaketable {

struct DeployView {
    FaultId fault;
    Instant started;
    std::optional<Instant> ended;
    DeployOutcome outcome = DeployOutcome::begun;
    std::uint32_t reached = 0;  // nodes that got what the order was to give them
    std::uint32_t gates = 0;    // that were passed on the way there
    bool backs_out = false;     // what was reached gets back what it had
    bool backed_out = false;    // and has it
};

class DeployHistory final
    : public ListensTo<DeployStepped, FormatRefused, FormatFinalized> {
public:
    explicit DeployHistory(Record& record) { record.listen(*this); }

    const std::vector<DeployView>& orders() const { return orders_; }
    std::uint64_t refusals() const { return refusals_; }   // of processes to read their data
    std::uint32_t format() const { return format_; }       // the last that was finalised; 0: none

private:
    void on(Instant at, const DeployStepped& fact) override;
    void on(Instant, const FormatRefused&) override { ++refusals_; }
    void on(Instant, const FormatFinalized& fact) override { format_ = fact.format; }

    std::vector<DeployView> orders_;
    std::uint64_t refusals_ = 0;
    std::uint32_t format_ = 0;
};

}  // namespace shaketable
