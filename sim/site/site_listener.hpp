// SPDX-License-Identifier: MIT
//
// Hears of every site's log as it grows, and holds nothing back.
#pragma once

#include "core/replication/journal.hpp"
#include "sim/record/site_facts.hpp"

namespace shaketable {

class SiteListener {
public:
    // The first node of the site's group has applied it. A record of a number that there was
    // before takes the place of that one and of all after it.
    virtual void record_committed(SiteId site, const novacron::replication::Record& record) = 0;
    // The site's nodes start from what the other site has.
    virtual void begun_anew(SiteId site, SiteId source) = 0;

protected:
    ~SiteListener() = default;
};

}  // namespace shaketable
