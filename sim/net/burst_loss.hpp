// SPDX-License-Identifier: MIT
//
// Loss in bursts: a path is good or bad, each for a while, and loses more while it is bad.
//
// Source: E. N. Gilbert, "Capacity of a burst-noise channel", 1960, and E. O. Elliott, "Estimates
// of error rates for codes on burst-noise channels", 1963; here in continuous time, so that a burst
// is as long on a busy path as on a quiet one.
//
// Formula: the times in both states are exponential with means G and B. So the path is bad with
// probability p = B / (G + B), and t later, if it was in state s (1: bad), with probability
//     p + (s - p) * exp(-t (1/G + 1/B)).
// That is drawn once a message, however long nobody has looked. Hence the mean loss is
// (G g + B b) / (G + B), where g and b are the losses in each state; and if nothing is lost while
// the path is good and everything while it is bad, messages a time d apart are lost in runs of
// 1 / ((1 - p) (1 - exp(-d (1/G + 1/B)))) in the mean.
//
// Invariant: (1) each path draws from a stream of its own.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/math.hpp"
#include "core/base/time.hpp"
#include "sim/net/chance.hpp"

namespace shaketable {

using novacron::Duration;
using novacron::Instant;
using novacron::Random;

struct BurstLossOptions {
    Duration good;         // the mean time in this state; above 0
    Duration bad;          // above 0
    double loss;           // of messages while the path is bad; 0 .. 1
    double good_loss = 0;  // while it is good
    friend bool operator==(const BurstLossOptions&, const BurstLossOptions&) = default;
};

class BurstLoss {
public:
    BurstLoss(const BurstLossOptions& options, std::size_t paths, const Random& random)
        : loss_(options.loss),
          good_loss_(options.good_loss),
          bad_share_(static_cast<double>(options.bad.ns) /
                     (static_cast<double>(options.good.ns) + static_cast<double>(options.bad.ns))),
          changes_per_ns_(1 / static_cast<double>(options.good.ns) +
                          1 / static_cast<double>(options.bad.ns)) {
        paths_.reserve(paths);
        for (std::size_t i = 0; i < paths; ++i) {
            const Random own = random.fork("path", i);
            paths_.push_back({own, Instant{}, false, false});
        }
    }

    // Whether a message is lost now. REQUIRES: now is not before the previous call's.
    [[nodiscard]] bool loses(Instant now, std::size_t path) {
        Path& state = paths_[path];
        double bad = bad_share_;
        if (state.known) {
            const double elapsed = static_cast<double>((now - state.looked).ns);
            bad += ((state.bad ? 1 : 0) - bad_share_) *
                   novacron::math::exp(-elapsed * changes_per_ns_);
        }
        const double word = static_cast<double>(state.random.bits() >> 11U) * 0x1p-53;
        state.bad = word < bad;
        state.known = true;
        state.looked = now;
        return (state.bad ? loss_ : good_loss_).draw(state.random);
    }

private:
    struct Path {
        Random random;
        Instant looked;
        bool bad;
        bool known;  // the state at `looked`
    };

    Chance loss_;
    Chance good_loss_;
    double bad_share_;
    double changes_per_ns_;
    std::vector<Path> paths_;
};

}  // namespace shaketable
