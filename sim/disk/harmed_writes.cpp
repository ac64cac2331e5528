// SPDX-License-Identifier: MIT
//
// Writes that don't become what they were meant to be: torn, misdirected, refused, forgotten.
#include <algorithm>

#include "sim/disk/simulated_disk.hpp"

namespace shaketable {

// At least a byte of what is written is left, and at least one is not.
void SimulatedDisk::tear(File& file, std::span<const std::byte> bytes) {
    const FaultId fault = tearing_.front().fault;
    const std::size_t kept = 1 + static_cast<std::size_t>(random_.below(bytes.size() - 1));
    file.content.insert(file.content.end(), bytes.begin(),
                        bytes.begin() + static_cast<std::ptrdiff_t>(kept));
    damage_end(file, kept);
    file.torn = true;
    detached_ = true;
    std::erase_if(tearing_, [fault](const Cautious& torn) { return torn.fault == fault; });
    receipts_.effect(queue_.now(), fault, FaultEffect::write_torn);
    listener_.on_torn(fault);
}

// False if there is nothing durable that it could hit.
bool SimulatedDisk::misdirect(FileId id, std::span<const std::byte> bytes) {
    const std::size_t places = durable();
    if (places == 0 || bytes.empty() || bytes.size() > free()) return false;
    Misdirection aim = misdirecting_.front();
    misdirecting_.erase(misdirecting_.begin());
    const auto [victim, offset] = place_of(static_cast<std::size_t>(aim.random.below(places)));
    File& hit = files_[victim.value];
    const std::size_t length = std::min(bytes.size(), hit.durable - offset);
    std::copy_n(bytes.begin(), length, hit.content.begin() + static_cast<std::ptrdiff_t>(offset));
    rots_.push_back({aim.fault, victim, offset, hit.durable});

    File& file = files_[id.value];
    const std::size_t start = file.content.size();
    file.content.resize(start + bytes.size());
    rots_.push_back({aim.fault, id, start, file.content.size()});
    return true;
}

bool SimulatedDisk::has_open_damage() const {
    return std::any_of(rots_.begin(), rots_.end(), [this](const Rot& rot) {
        return files_[rot.file.value].durable <= rot.open_until;
    });
}

// What a drive has claimed to have written is out of the operating system's hands.
void SimulatedDisk::forget_unsynced() {
    const auto acts = [this](const Cautious& loss) {
        return loss.manner == Manner::reckless || !holds_lies();
    };
    const auto loss = std::find_if(forgetting_.begin(), forgetting_.end(), acts);
    if (loss == forgetting_.end()) return;
    bool lost = false;
    for (std::uint32_t i = 0; i < files_.size(); ++i) {
        File& file = files_[i];
        const std::size_t safe = std::max(file.durable, file.claimed);
        if (file.removed || file.torn || (file.content.size() == safe && file.cut_off.empty())) {
            continue;
        }
        lost = true;
        file.content.resize(safe);
        forget_rot(FileId{i}, safe);
        if (file.cut_off.empty() || safe > file.durable) continue;
        file.content.insert(file.content.end(), file.cut_off.begin(), file.cut_off.end());
        file.cut_off.clear();
        file.durable = file.claimed = file.content.size();
    }
    if (lost) receipts_.effect(queue_.now(), loss->fault, FaultEffect::unsynced_lost);
}

void SimulatedDisk::begin_fail_slow(FaultId fault, const Ramp& ramp) {
    fail_slow_.push_back({fault, ramp});
}
void SimulatedDisk::end_fail_slow(FaultId fault) {
    std::erase_if(fail_slow_, [fault](const FailSlow& slow) { return slow.fault == fault; });
}
void SimulatedDisk::begin_torn_write(FaultId fault, Manner manner) {
    tearing_.push_back({fault, manner});
}
void SimulatedDisk::end_torn_write(FaultId fault) {
    std::erase_if(tearing_, [fault](const Cautious& torn) { return torn.fault == fault; });
}
void SimulatedDisk::begin_unsynced_loss(FaultId fault, Manner manner) {
    forgetting_.push_back({fault, manner});
}
void SimulatedDisk::end_unsynced_loss(FaultId fault) {
    std::erase_if(forgetting_, [fault](const Cautious& loss) { return loss.fault == fault; });
}
void SimulatedDisk::begin_write_error(FaultId fault) { refusing_.push_back(fault); }
void SimulatedDisk::end_write_error(FaultId fault) { std::erase(refusing_, fault); }
void SimulatedDisk::begin_misdirected_write(FaultId fault, const Random& random) {
    misdirecting_.push_back({fault, random});
}
void SimulatedDisk::end_misdirected_write(FaultId fault) {
    std::erase_if(misdirecting_, [fault](const Misdirection& aim) { return aim.fault == fault; });
}

}  // namespace shaketable
