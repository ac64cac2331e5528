// SPDX-License-Identifier: MIT
//
// Whoever else has processes on a node's machine: told when the machine's own fate is theirs, too.
#pragma once

#include "core/base/id.hpp"
#include "core/base/time.hpp"
#include "sim/record/fact_words.hpp"

namespace shaketable {

class ProcessNeighbour {
public:
    // The node's process serves; or it has died, or its machine has.
    virtual void process_started(novacron::NodeId node) = 0;
    virtual void process_stopped(novacron::NodeId node, StopCause cause) = 0;
    // The machine stands still, and goes on.
    virtual void process_paused(novacron::NodeId node) = 0;
    virtual void process_resumed(novacron::NodeId node) = 0;
    // Every piece of work takes so much longer from now on.
    virtual void processor_hogged(novacron::NodeId node, novacron::Duration cost) = 0;

protected:
    ~ProcessNeighbour() = default;
};

}  // namespace shaketable
