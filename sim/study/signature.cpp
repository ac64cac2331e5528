// SPDX-License-Identifier: MIT
#include "sim/study/signature.hpp"

#include <algorithm>

namespace shaketable {

std::string Signature::text() const {
    switch (kind) {
        case Kind::finding: return "finding " + id;
        case Kind::check: return "check " + id;
        case Kind::target: return "target " + id;
    }
    return id;
}

std::optional<Signature> signature_of(const Result& result) {
    const FindingRow* first = nullptr;
    for (const FindingRow& finding : result.findings) {
        if (first == nullptr || finding.at < first->at) first = &finding;
    }
    if (first != nullptr) return Signature{Signature::Kind::finding, first->rule};
    for (const CheckRow& check : result.checks) {
        if (check.verdict == Verdict::fail) return Signature{Signature::Kind::check, check.id};
    }
    for (const TargetRow& target : result.targets) {
        if (target.verdict == Verdict::fail) return Signature{Signature::Kind::target, target.id};
    }
    return std::nullopt;
}

bool shows(const Result& result, const Signature& signature) {
    const auto failed = [&](const auto& row) {
        return row.id == signature.id && row.verdict == Verdict::fail;
    };
    switch (signature.kind) {
        case Signature::Kind::finding:
            return std::any_of(
                result.findings.begin(), result.findings.end(),
                [&](const FindingRow& finding) { return finding.rule == signature.id; });
        case Signature::Kind::check:
            return std::any_of(result.checks.begin(), result.checks.end(), failed);
        case Signature::Kind::target:
            return std::any_of(result.targets.begin(), result.targets.end(), failed);
    }
    return false;
}

std::string words_of(const Result& result, const Signature& signature) {
    switch (signature.kind) {
        case Signature::Kind::finding:
            for (const FindingRow& finding : result.findings) {
                if (finding.rule == signature.id) return finding.message;
            }
            break;
        case Signature::Kind::check:
            for (const CheckRow& check : result.checks) {
                if (check.id == signature.id) return check.detail;
            }
            break;
        case Signature::Kind::target:
            for (const TargetRow& target : result.targets) {
                if (target.id == signature.id) return target.actual + ", not " + target.objective;
            }
            break;
    }
    return {};
}

}  // namespace shaketable
