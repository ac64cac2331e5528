// SPDX-License-Identifier: MIT
#include "sim/store/study_store.hpp"

#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/base/check.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable {
namespace {

// A value as a number, where its type has an order; durations in seconds.
std::optional<double> number_of(std::string_view type, std::string_view value) {
    if (type == "duration") return static_cast<double>(parse_duration(value)->ns) / 1e9;
    if (type == "integer") return static_cast<double>(*parse_integer(value));
    if (type == "number") return *parse_number(value);
    if (type == "probability") return *parse_probability(value);
    return std::nullopt;
}

std::string json_of(const std::vector<Override>& values) {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    for (const Override& one : values) json[one.name] = one.value;
    return json.dump();
}

// A missing place in the file is SQLite's trouble, and words for it are the store's.
template <class Work>
auto with_words(const Store& store, const Work& work) {
    try {
        return work();
    } catch (const SqliteError& error) {
        throw unusable(store.path(), error);
    }
}

}  // namespace

StudyStore::StudyStore(Store& store, const Study& study)
    : store_(store),
      db_(*store.connection_),
      study_(study),
      trial_(db_.prepare("INSERT INTO trial VALUES(?1,?2,?3,?4) ON CONFLICT DO NOTHING")),
      observation_(
          db_.prepare("INSERT INTO observation VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT DO NOTHING")) {
}

StudyStore::Progress StudyStore::progress() {
    return with_words(store_, [&] {
        Progress progress;
        Statement study = db_.prepare("SELECT finished FROM study WHERE study_key = ?1");
        if (!study.bind(study_.key).step()) return progress;
        Statement trials = db_.prepare("SELECT count(*) FROM trial WHERE study_key = ?1");
        trials.bind(study_.key).step();
        progress = {true, study.integer(0) != 0, static_cast<std::uint64_t>(trials.integer(0))};
        return progress;
    });
}

void StudyStore::begin() {
    with_words(store_, [&] {
        Transaction transaction(db_);
        Statement known = db_.prepare("SELECT 1 FROM study WHERE study_key = ?1");
        if (known.bind(study_.key).step()) return;
        insert_study();
        insert_points();
        transaction.commit();
    });
}

void StudyStore::insert_study() {
    db_.prepare("INSERT INTO study VALUES(?1,?2,?3,?4,?5,?6,?7,0)")
        .run(study_.key, study_.name, study_.description, study_.path, study_.sweep.seeds.first,
             study_.sweep.seeds.last, model_version());
    Statement axis = db_.prepare("INSERT INTO study_axis VALUES(?1,?2,?3,?4)");
    for (std::size_t i = 0; i < study_.sweep.axes.size(); ++i) {
        axis.run(study_.key, i, study_.sweep.axes[i].parameter, study_.sweep.axes[i].type);
    }
    Statement objective = db_.prepare("INSERT INTO study_objective VALUES(?1,?2,?3,?4,?5,?6)");
    for (std::size_t i = 0; i < study_.sweep.objectives.size(); ++i) {
        const Objective& one = study_.sweep.objectives[i];
        objective.run(study_.key, i, one.id, one.name,
                      one.direction == Direction::min ? "min" : "max", unit_of(one.measure));
    }
}

void StudyStore::insert_points() {
    Statement row = db_.prepare("INSERT INTO point VALUES(?1,?2,?3,?4,NULL)");
    Statement parameter = db_.prepare("INSERT INTO point_parameter VALUES(?1,?2,?3,?4,?5,?6)");
    for (std::size_t p = 0; p < study_.points.size(); ++p) {
        const StudyPoint& point = study_.points[p];
        row.run(study_.key, p, point.scenario.hash, json_of(point.values));
        for (std::size_t i = 0; i < point.values.size(); ++i) {
            const Override& one = point.values[i];
            parameter.run(study_.key, p, i, one.name, one.value,
                          number_of(study_.sweep.axes[i].type, one.value));
        }
    }
}

std::uint64_t StudyStore::trial_of(std::int64_t point, std::int64_t seed) const {
    const auto p = static_cast<std::uint64_t>(point);
    const auto s = static_cast<std::uint64_t>(seed) - study_.sweep.seeds.first;
    novacron::check(p < study_.points.size() && s < study_.seed_count(),
                    "a study's trials lie within its grid");
    return p * study_.seed_count() + s;
}

void StudyStore::recall(StudyWeights& weights) {
    with_words(store_, [&] {
        Statement query = db_.prepare(
            "SELECT v.point, v.seed, v.value, v.censored FROM observation v "
            "JOIN study_objective o USING(study_key, objective) WHERE v.study_key = ?1 "
            "ORDER BY v.point, v.seed, o.seq");
        std::vector<Weight> trial;
        for (query.bind(study_.key); query.step();) {
            const bool null = query.is_null(2);
            trial.push_back({null ? std::nullopt : std::optional(query.real(2)),
                             query.integer(3) != 0});
            if (trial.size() < study_.sweep.objectives.size()) continue;
            weights.add(trial_of(query.integer(0), query.integer(1)), trial);
            trial.clear();
        }
    });
}

void StudyStore::add(std::uint64_t trial, std::string_view run_key,
                     const std::vector<Weight>& weights) {
    with_words(store_, [&] {
        const std::uint64_t point = study_.point_of(trial);
        const std::uint64_t seed = study_.seed_of(trial);
        Transaction transaction(db_);
        trial_.run(study_.key, point, seed, run_key);
        for (std::size_t i = 0; i < weights.size(); ++i) {
            observation_.run(study_.key, point, seed, study_.sweep.objectives[i].id,
                             weights[i].value, weights[i].censored ? 1 : 0);
        }
        transaction.commit();
    });
}

void StudyStore::finish(const std::vector<StudyWeights::Point>& points) {
    with_words(store_, [&] {
        Transaction transaction(db_);
        Statement value =
            db_.prepare("INSERT INTO point_value VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT DO NOTHING");
        Statement front =
            db_.prepare("UPDATE point SET on_front = ?3 WHERE study_key = ?1 AND point = ?2");
        for (std::size_t p = 0; p < points.size(); ++p) {
            for (std::size_t i = 0; i < points[p].objectives.size(); ++i) {
                const Folded& one = points[p].objectives[i];
                value.run(study_.key, p, study_.sweep.objectives[i].id, one.weight.value,
                          one.weight.censored ? 1 : 0, one.observations);
            }
            front.run(study_.key, p, points[p].on_front ? 1 : 0);
        }
        db_.prepare("UPDATE study SET finished = 1 WHERE study_key = ?1").run(study_.key);
        transaction.commit();
    });
}

StudyStore::Findings StudyStore::findings() {
    return with_words(store_, [&] {
        Findings findings;
        Statement query = db_.prepare(
            "SELECT t.point, t.seed FROM trial t JOIN finding f USING(run_key) "
            "WHERE t.study_key = ?1 ORDER BY t.point, t.seed");
        for (query.bind(study_.key); query.step(); ++findings.count) {
            if (findings.count > 0) continue;
            findings.first_trial = trial_of(query.integer(0), query.integer(1));
        }
        return findings;
    });
}

}  // namespace shaketable
