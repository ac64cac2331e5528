// SPDX-License-Identifier: MIT
//
// What an operator may order about sites: the runbook's verbs, and the procedure that is made of
// them.
#pragma once

#include <cstdint>

#include "core/base/time.hpp"
#include "sim/engine/distribution.hpp"

namespace shaketable {

struct SiteOrder {
    enum class Verb : std::uint8_t {
        set_readonly,  // the primary takes no writes, until the order ends
        wait_sync,     // until the standby holds all that the primary has
        promote,       // the standby becomes primary
        switch_over,   // the primary drains into the standby and hands over
        fence,         // the site's power is cut from outside, until the order ends
        update_dns,    // clients are sent to the site
        verify,        // the site takes writes
        resync,        // the site is made anew from the primary's state
        reconcile,     // likewise, and what it wrote alone is gone through
        failover,      // all that the runbook does to move the service to the standby
    };
    Verb verb = Verb::promote;
    // Promotes a site that may lack something.
    bool force = false;
    // A failover cuts the old primary's power first, and goes no further if it can't.
    bool fence = false;
    // A failover waits for the standby only while the old primary answers.
    bool skip_wait = true;
    // A failover waits, however long, until the old primary is back, and makes it anew if its log
    // has parted from the new one's.
    bool rejoin = false;
    Duration timeout = novacron::seconds(10);  // of each step but the wait for a command's effect
    // From giving a command to its reaching the site.
    DistributionOptions command_time = Constant{novacron::milliseconds(500)};
    // A failover: how long the service must have been gone, as a prober sees it; and how long
    // those take to make up their minds who are called then.
    Duration detect_after{};
    DistributionOptions decide = Constant{};

    // A reconciliation: which writes that the site had alone are made again at the primary. The
    // rest are gone; each is a fact.
    enum class Again : std::uint8_t {
        none,         // discard
        unopposed,    // reapply: to registers that nobody has written since the sites parted
        all,          // overwrite
    };
    Again again = Again::none;

    friend bool operator==(const SiteOrder&, const SiteOrder&) = default;
};

}  // namespace shaketable
