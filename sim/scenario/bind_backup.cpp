// SPDX-License-Identifier: MIT
#include "sim/scenario/bind_backup.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/overloaded.hpp"

namespace shaketable {
namespace {

constexpr std::int64_t kDay = 86'400;

// 02:00, as time since midnight.
std::optional<Duration> parse_time_of_day(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto number = [](std::string_view digits) -> std::optional<int> {
        int value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc{} || end != digits.data() + digits.size() || value < 0) {
            return std::nullopt;
        }
        return value;
    };
    const auto hour = number(text.substr(0, 2));
    const auto minute = number(text.substr(3));
    if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
    return novacron::seconds(3600 * *hour + 60 * *minute);
}

class BackupBinder {
public:
    BackupBinder(const Node& section, Scenario& scenario, Diagnostics& diagnostics)
        : root_(section), scenario_(scenario), diagnostics_(diagnostics) {}

    void bind() {
        bind_clock();
        const Fields full = root_.map("full");
        const bool has_time = bind_time_of_day(full);
        assign(options_.full_every, full.duration("every"));
        options_.full_at = Duration{options_.full_at.ns % options_.full_every.ns};
        assign(options_.full_keep, full.duration("keep"));
        bind_redundancy(full, options_.full_redundancy);
        const Fields incremental = root_.map("incremental");
        assign(options_.incremental_every, incremental.duration("every"));
        assign(options_.incremental_keep, incremental.duration("keep"));
        bind_redundancy(incremental, options_.incremental_redundancy);
        const Fields wal = root_.map("wal");
        assign(options_.segment_bytes, wal.size("segment"));
        assign(options_.archive_timeout, wal.duration("archive_timeout"));
        assign(options_.log_keep, wal.duration("keep"));
        bind_redundancy(wal, options_.log_redundancy);
        if (root_.text("retention") == "ages") {
            options_.retention = BackupOptions::Retention::ages;
        }
        assign(options_.window, root_.duration("window"));
        assign(options_.verify_every, root_.duration("verify_every"));
        bind_store(root_.map("store"));
        bind_restore(root_.map("restore"));
        check_retention(full, incremental);
        if (has_time) check_first(full);
        scenario_.backup = options_;
    }

private:
    void bind_clock() {
        const auto name = root_.text("clock");
        if (!name || scenario_.nodes.empty()) return;
        const Places places(scenario_.nodes, diagnostics_);
        if (const auto node = places.node(*name, about(*root_.valid("clock"), {}))) {
            options_.clock = node->value;
        }
    }

    bool bind_time_of_day(const Fields& full) {
        const auto text = full.text("at");
        if (!text) return false;
        if (const auto at = parse_time_of_day(*text)) {
            options_.full_at = *at;
            return true;
        }
        report(*full.valid("at"), "'" + text->substr(0, 60) + "' is no time of day",
               "write at: \"02:00\", in UTC");
        return false;
    }

    static void bind_redundancy(const Fields& fields, Redundancy& place) {
        const auto word = fields.text("redundancy");
        if (word) place = *word == "geo" ? Redundancy::geo : Redundancy::regional;
    }

    void bind_store(const Fields& store) {
        assign(options_.store.latency, store.distribution("latency"));
        assign(options_.store.bytes_per_second, store.size("bandwidth"));
        assign(options_.store.timeout, store.duration("timeout"));
        assign(options_.store.replication_delay, store.duration("replication_delay"));
    }

    void bind_restore(const Fields& restore) {
        assign(options_.restore.locate, restore.duration("locate"));
        assign(options_.restore.provision, restore.distribution("provision"));
        assign(options_.restore.replay_bytes_per_second, restore.size("replay_rate"));
        assign(options_.restore.verify_bytes_per_second, restore.size("verify_rate"));
    }

    void check_kept(const Node* at, Duration keep, Duration every, const std::string& what) {
        if (at == nullptr || keep >= every) return;
        report(*at,
               what + " are kept for " + format_duration(keep) + ", shorter than the " +
                   format_duration(every) + " from one to the next",
               "write at least " + format_duration(every));
    }

    void check_retention(const Fields& full, const Fields& incremental) {
        const bool by_age = options_.retention == BackupOptions::Retention::ages;
        if (!by_age) {
            check_kept(root_.valid("window"), options_.window, options_.full_every,
                       "by this window full backups");
            return;
        }
        check_kept(full.valid("keep"), options_.full_keep, options_.full_every, "full backups");
        if (options_.incremental_every == Duration{}) return;
        check_kept(incremental.valid("keep"), options_.incremental_keep,
                   options_.incremental_every, "incremental backups");
    }

    // A schedule whose first time comes after the end of the run never runs.
    void check_first(const Fields& full) {
        if (scenario_.duration == Duration{} || full.valid("at") == nullptr) return;
        const std::int64_t since = ((scenario_.epoch_unix_seconds % kDay) + kDay) % kDay;
        const std::int64_t step = options_.full_every.ns;
        const std::int64_t now = novacron::seconds(since).ns - options_.full_at.ns;
        const std::int64_t wait = now <= 0 ? -now : (step - now % step) % step;
        if (wait < scenario_.duration.ns) return;
        report(*full.valid("at"),
               "no full backup is ever made: the first would be due " +
                   format_duration(Duration{wait}) + " after the start, and the run lasts " +
                   format_duration(scenario_.duration),
               "let the run start shortly before, by time.epoch, or last longer");
    }

    void report(const Node& node, std::string message, std::string hint) {
        diagnostics_.add(about(node, std::move(message), std::move(hint)));
    }

    Fields root_;
    Scenario& scenario_;
    Diagnostics& diagnostics_;
    BackupOptions options_;
};

ObjectChoice choice_of(const Fields& with) {
    ObjectChoice choice;
    const auto of = with.text("of");
    if (of == "full") choice.of = ObjectChoice::Of::full;
    if (of == "incremental") choice.of = ObjectChoice::Of::incremental;
    if (of == "segment") choice.of = ObjectChoice::Of::segment;
    const auto which = with.text("which");
    if (which == "oldest") choice.which = ObjectChoice::Which::oldest;
    if (which == "drawn") choice.which = ObjectChoice::Which::drawn;
    return choice;
}

// The tags under which backups are made.
std::vector<std::string> known_tags(const Node& all_faults) {
    std::vector<std::string> tags;
    for (const Node& fault : all_faults.items) {
        if (!fault.is_map() || Fields(fault).text("inject") != "backup.create") continue;
        if (const auto tag = Fields(fault).map("with").text("tag")) tags.push_back(*tag);
    }
    return tags;
}

class RestoreBinder {
public:
    RestoreBinder(const Node& fault, const Node& all_faults, Diagnostics& diagnostics)
        : with_(Fields(fault).map("with")), all_faults_(all_faults), diagnostics_(diagnostics) {}

    BackupRestore bind(bool drill) {
        BackupRestore order;
        order.drill = drill;
        if (const auto backup = with_.integer("backup")) {
            order.backup = static_cast<std::uint64_t>(*backup);
        }
        order.tag = with_.text("tag").value_or("");
        order.to_time = with_.duration("to_time");
        order.ago = with_.duration("ago");
        if (const auto index = with_.integer("to_index")) {
            order.to_index = static_cast<std::uint64_t>(*index);
        }
        assign(order.replay_wal, with_.boolean("replay_wal"));
        assign(order.in_place, with_.boolean("in_place"));
        assign(order.stop_first, with_.boolean("stop_first"));
        if (!order.in_place && with_.valid("stop_first") != nullptr) {
            report(*with_.valid("stop_first"), "nodes are stopped for a restore in place only",
                   "write in_place: true");
        }
        check_targets(order);
        check_tag(order);
        return order;
    }

private:
    void check_targets(const BackupRestore& order) {
        std::string_view first;
        for (const std::string_view key : {"backup", "tag", "to_time", "ago", "to_index"}) {
            if (!with_.has(key)) continue;
            if (!first.empty()) {
                report(*with_.any(key), "both '" + std::string(first) + "' and '" +
                                            std::string(key) + "' say what to restore",
                       "leave one of them out");
                return;
            }
            first = key;
        }
        const bool needs_log = order.to_time || order.ago || order.to_index;
        if (!order.replay_wal && needs_log) {
            report(*with_.any(first), "without the log a restore can't go to this point",
                   "write replay_wal: true");
        }
    }

    void check_tag(const BackupRestore& order) {
        if (order.tag.empty()) return;
        const auto tags = known_tags(all_faults_);
        if (std::find(tags.begin(), tags.end(), order.tag) != tags.end()) return;
        report(*with_.valid("tag"), "no backup has the tag '" + order.tag + "'",
               tags.empty() ? "give one a tag, by backup.create" : did_you_mean(order.tag, tags));
    }

    void report(const Node& node, std::string message, std::string hint) {
        diagnostics_.add(about(node, std::move(message), std::move(hint)));
    }

    Fields with_;
    const Node& all_faults_;
    Diagnostics& diagnostics_;
};

std::optional<FaultKind> kind_of(std::string_view word, const Fields& with) {
    if (word == "objects.slow") return ObjectsSlow{with.number("factor").value_or(2)};
    if (word == "objects.unavailable") return ObjectsUnavailable{};
    if (word == "objects.region_lost") return ObjectsRegionLost{};
    if (word == "objects.bit_rot") return ObjectsBitRot{choice_of(with)};
    if (word == "objects.lost") return ObjectsLost{choice_of(with)};
    if (word == "backup.silent_failure") return BackupSilentFailure{};
    if (word == "archive.stalled") return ArchiveStalled{};
    if (word == "backup.verify") return BackupVerify{};
    if (word == "backup.create") {
        const bool full = with.text("type") != "incremental";
        return BackupCreate{full ? BackupCreate::Type::full : BackupCreate::Type::incremental,
                            with.text("tag").value_or("")};
    }
    return std::nullopt;
}

BackupOptionTexts texts_of(const ObjectChoice& choice) {
    constexpr std::array<const char*, 4> kOf{"any", "full", "incremental", "segment"};
    constexpr std::array<const char*, 3> kWhich{"newest", "oldest", "drawn"};
    return {{"of", kOf.at(static_cast<std::size_t>(choice.of))},
            {"which", kWhich.at(static_cast<std::size_t>(choice.which))}};
}

}  // namespace

void bind_backup(const Node& canonical, Scenario& scenario, Diagnostics& diagnostics) {
    const Node* section = Fields(canonical).valid("backup");
    if (section != nullptr) BackupBinder(*section, scenario, diagnostics).bind();
    const Node* bounds = Fields(canonical).map("targets").valid("restore");
    if (bounds == nullptr) return;
    const Fields fields(*bounds);
    RestoreTarget target;
    target.max = fields.at_most("max");
    target.rpo = fields.at_most("rpo");
    if (!fields.has("max") && !fields.has("rpo")) {
        diagnostics.add(
            about(*bounds, "a target without a bound", "write max: \"< 30m\" or rpo: \"< 5s\""));
    }
    if (section == nullptr) {
        diagnostics.add(about(*bounds, "the scenario makes no backups",
                              "write backup: {} for the runbook's policy"));
    }
    scenario.restore = target;
}

std::optional<FaultKind> bind_backup_fault(std::string_view word, const Node& fault,
                                           const Node& all_faults, const Scenario& scenario,
                                           Diagnostics& diagnostics) {
    auto kind = kind_of(word, Fields(fault).map("with"));
    const bool drill = word == "operator.drill";
    if (drill || word == "backup.restore") {
        kind = RestoreBinder(fault, all_faults, diagnostics).bind(drill);
    }
    if (kind && !scenario.backup) {
        diagnostics.add(about(*Fields(fault).valid("inject"), "the scenario makes no backups",
                              "write backup: {} for the runbook's policy"));
    }
    return kind;
}

BackupOptionTexts backup_options_of(const FaultKind& kind) {
    using Texts = BackupOptionTexts;
    return std::visit(
        novacron::Overloaded{
            [](const ObjectsSlow& f) { return Texts{{"factor", format_number(f.factor)}}; },
            [](const ObjectsBitRot& f) { return texts_of(f.object); },
            [](const ObjectsLost& f) { return texts_of(f.object); },
            [](const BackupCreate& f) {
                const bool full = f.type == BackupCreate::Type::full;
                Texts texts{{"type", full ? "full" : "incremental"}};
                if (!f.tag.empty()) texts.emplace_back("tag", f.tag);
                return texts;
            },
            [](const BackupRestore& f) {
                Texts texts;
                if (f.backup) texts.emplace_back("backup", std::to_string(*f.backup));
                if (!f.tag.empty()) texts.emplace_back("tag", f.tag);
                if (f.to_time) texts.emplace_back("to_time", format_duration(*f.to_time));
                if (f.ago) texts.emplace_back("ago", format_duration(*f.ago));
                if (f.to_index) texts.emplace_back("to_index", std::to_string(*f.to_index));
                if (!f.replay_wal) texts.emplace_back("replay_wal", "false");
                if (f.in_place) texts.emplace_back("in_place", "true");
                if (!f.stop_first) texts.emplace_back("stop_first", "false");
                return texts;
            },
            [](const auto&) { return Texts{}; }},
        kind);
}

}  // namespace shaketable
