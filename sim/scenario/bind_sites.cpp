// SPDX-License-Identifier: MIT
//
// The part about sites: who is primary, how the log is shipped, who watches, and where clients look
// the service up.
#include <algorithm>

#include "sim/scenario/bind.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/scenario/site_options.hpp"

namespace shaketable {
namespace {

namespace replication = novacron::replication;

class SiteBinder {
public:
    SiteBinder(const Node& root, Scenario& scenario, Diagnostics& diagnostics)
        : root_(root), scenario_(scenario), diagnostics_(diagnostics) {
        for (const NodeSpec& node : scenario.nodes) {
            if (std::find(sites_.begin(), sites_.end(), node.site) == sites_.end()) {
                sites_.push_back(node.site);
            }
        }
    }

    void bind() {
        const Node* node = root_.map("cluster").valid("replication");
        if (node != nullptr && !scenario_.nodes.empty()) bind_replication(*node);
        const Node* names = root_.map("network").valid("dns");
        if (names != nullptr) bind_names(*names);
    }

private:
    void report(const Node& node, std::string message, std::string hint = {}) {
        diagnostics_.add(about(node, std::move(message), std::move(hint)));
    }

    std::optional<SiteId> site(const Node* name) {
        if (name == nullptr || !name->is_scalar()) return std::nullopt;
        const auto found = std::find(sites_.begin(), sites_.end(), name->text);
        if (found == sites_.end()) {
            report(*name, "unknown site '" + name->text + "'", did_you_mean(name->text, sites_));
            return std::nullopt;
        }
        return SiteId{static_cast<std::uint32_t>(found - sites_.begin())};
    }

    void bind_replication(const Node& node) {
        const Fields fields(node);
        ReplicationSpec spec;
        spec.sites = sites_;
        SitesOptions& options = spec.options;
        if (sites_.size() < 2) {
            report(node, "the cluster has one site, so there is nowhere to replicate to",
                   "name another one in cluster.sites");
        }
        const auto primary = site(fields.valid("primary"));
        if (primary) options.primary = *primary;
        bind_standbys(fields, primary);
        if (fields.text("mode") == "synchronous") {
            options.mode = replication::SiteOptions::Mode::synchronous;
        }
        assign(options.standbys_required, fields.integer("standbys_required"));
        if (fields.has("standbys_required")) check_required(*fields.any("standbys_required"), spec);
        bind_shipping(fields.map("shipping"), options.shipping);
        assign(options.lag_bytes_max, fields.size("lag_bytes_max"));
        assign(options.seed_bytes_per_second, fields.size("seed_bandwidth"));
        const Fields prober = fields.map("prober");
        assign(options.prober.interval, prober.duration("interval"));
        assign(options.prober.failures, prober.integer("failures"));
        if (const Node* failover = fields.valid("failover")) bind_failover(*failover, options);
        scenario_.replication = std::move(spec);
    }

    // Every site is one or the other.
    void bind_standbys(const Fields& fields, std::optional<SiteId> primary) {
        const Node* list = fields.valid("standbys");
        if (list == nullptr) return;
        std::vector<SiteId> named;
        for (const Node& item : list->items) {
            const auto standby = site(&item);
            if (!standby) continue;
            if (standby == primary) report(item, "'" + item.text + "' is the primary");
            if (std::find(named.begin(), named.end(), *standby) != named.end()) {
                report(item, "'" + item.text + "' is named twice");
            }
            named.push_back(*standby);
        }
        for (std::uint32_t i = 0; i < sites_.size() && primary; ++i) {
            const bool known = SiteId{i} == *primary ||
                               std::find(named.begin(), named.end(), SiteId{i}) != named.end();
            if (known) continue;
            report(*list, "site '" + sites_[i] + "' is neither primary nor standby",
                   "add it, or leave standbys out: all sites but the primary");
        }
    }

    void check_required(const Node& node, const ReplicationSpec& spec) {
        if (spec.options.mode == replication::SiteOptions::Mode::asynchronous) {
            report(node, "an asynchronous primary waits for nobody", "write mode: synchronous");
        } else if (spec.options.standbys_required >= sites_.size()) {
            report(node, "there are only " + std::to_string(sites_.size() - 1) + " standbys");
        }
    }

    void bind_shipping(const Fields& fields, replication::ShippingOptions& shipping) {
        const auto mode = fields.text("mode");
        if (mode == "batch") shipping.shipping = replication::Shipping::batch;
        if (mode == "segment") shipping.shipping = replication::Shipping::segment;
        assign(shipping.interval, fields.duration("interval"));
        assign(shipping.bytes, fields.size("bytes"));
        if (shipping.shipping != replication::Shipping::stream) return;
        for (const std::string_view key : {"interval", "bytes"}) {
            if (!fields.has(key)) continue;
            report(*fields.any(key), "a stream ships every record at once and has no '" +
                                         std::string(key) + "'",
                   "write mode: batch or mode: segment");
        }
    }

    void bind_failover(const Node& node, SitesOptions& options) {
        const Fields fields(node);
        const auto target = site(fields.valid("to"));
        if (!target) return;
        options.automatic_target = *target;
        if (*target == options.primary) {
            report(*fields.any("to"), "'" + sites_[target->value] + "' is the primary already");
        }
        options.automatic = site_order(SiteOrder::Verb::failover, fields);
    }

    void bind_names(const Node& node) {
        const Fields fields(node);
        if (!root_.map("cluster").has("replication")) {
            report(node, "names lead to sites, and all nodes are one group",
                   "write cluster: {replication: {primary: ...}}, or leave dns out");
            return;
        }
        NamesOptions names;
        assign(names.ttl, fields.duration("ttl"));
        assign(names.propagation, fields.duration("propagation"));
        assign(names.stale_share, fields.probability("stale_share"));
        assign(names.stale_extra, fields.duration("stale_extra"));
        assign(names.clients, fields.integer("clients"));
        scenario_.names = names;
    }

    Fields root_;
    Scenario& scenario_;
    Diagnostics& diagnostics_;
    std::vector<std::string> sites_;
};

}  // namespace

void bind_sites(const Node& canonical, Scenario& scenario, Diagnostics& diagnostics) {
    SiteBinder(canonical, scenario, diagnostics).bind();
}

}  // namespace shaketable
