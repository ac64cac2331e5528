// SPDX-License-Identifier: MIT
//
// Cuts the log into segments and hands them to the archive, continuously.
//
// Intuition: what is not archived is lost with the site. A segment is closed when it is full, or
// when its first record is `age_max` old; so a crash loses at most the time to fill a segment, or
// age_max, and the time that an upload takes.
//
// Closed segments wait until they are uploaded, in order, one at a time: an archive that stalls
// leaves no gap, but a backlog, which the caller has to watch.
//
// Times along the log never decrease here: a record that claims to be older than the one before it
// (a clock that went back) gets that one's time.
//
// Invariants: (1) segments follow on each other without gap or overlap, also across timelines.
//             (2) all that was committed before a segment's `through` is in it or before it.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "core/backup/object.hpp"

namespace novacron::backup {

struct ArchiverOptions {
    std::uint64_t segment_bytes = std::uint64_t{16} << 20U;  // of data; at least 1
    Duration age_max = seconds(5);                           // above 0
};

class Archiver {
public:
    struct Closed {
        Head head;
        Bytes object;
    };

    // Begins with the record after `after`. REQUIRES: options within the bounds stated above.
    Archiver(const ArchiverOptions& options, Position after);

    // A record is committed. REQUIRES: indices are contiguous, `committed` is not after now.
    void add(Instant now, Archived record);
    // Closes what is old enough. Of one instant, after its records.
    void on_time(Instant now);
    Instant next_deadline() const { return deadline_; }
    // Closes what there is: before a planned stop, or at the operator's wish.
    void close(Instant now);
    // The log goes on as another timeline; what was not closed belongs to the old one.
    // REQUIRES: from.index is where the new timeline began, at `now`.
    void follow(Instant now, Position from);

    // What is not uploaded and comes after this record is nowhere any more: it was lost with those
    // who had it. The segment that `waiting` shows stays whole if it is on its way already.
    // Nothing may be added before the log goes on as another timeline.
    enum class First : std::uint8_t { waits, is_on_its_way };
    void give_up_after(LogIndex index, First first);

    // The segment to be uploaded, or uploaded again if that failed; nothing if none waits.
    const Closed* waiting() const { return closed_.empty() ? nullptr : &closed_.front(); }
    void on_uploaded();
    // Bytes of closed segments that are not uploaded yet.
    std::uint64_t backlog_bytes() const { return backlog_; }
    LogIndex last() const { return last_; }

private:
    void close_until(Instant through);

    ArchiverOptions options_;
    TimelineId timeline_;
    LogIndex last_;
    Instant newest_{};  // commit time
    bool has_time_ = false;
    std::vector<Archived> open_;
    std::uint64_t open_bytes_ = 0;
    Instant deadline_ = Instant::never();
    std::deque<Closed> closed_;
    std::uint64_t backlog_ = 0;
};

}  // namespace novacron::backup
