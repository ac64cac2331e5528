# SPDX-License-Identifier: MIT
"""The checker of the sources finds what it is there to find, and lets pass what is right."""
from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import sources

FLOORS = ["core/base", "core/raft", "sim/record", "sim/engine", "sim/run", "sim/study", "sim/cli"]

GOOD_CORE = """// SPDX-License-Identifier: MIT
//
// Says steady_clock and std::thread, but only in a comment.
#pragma once

#include <vector>

#include "core/base/time.hpp"

namespace novacron {
inline const char* kWord = "system_clock";
inline constexpr int kThousand = 1'000;
}  // namespace novacron
"""


def found(path: str, text: str) -> list[str]:
    return sources.check_text(path, text, FLOORS)


def core(line: str) -> list[str]:
    """Problems of a sound core header with one line put in."""
    return found("core/raft/x.hpp", GOOD_CORE.replace("inline const", line + "\ninline const", 1))


class Sources(unittest.TestCase):
    def only(self, problems: list[str], words: str) -> None:
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(words, problems[0])

    def test_a_sound_header_has_no_problem(self) -> None:
        self.assertEqual(found("core/raft/x.hpp", GOOD_CORE), [])

    def test_an_include_of_a_later_floor_is_found_with_its_line(self) -> None:
        problems = found(
            "sim/record/x.cpp",
            '// SPDX-License-Identifier: MIT\n\n#include "sim/engine/timer.hpp"\n',
        )
        self.only(problems, "sim/record/x.cpp:3: sim/record is below sim/engine")

    def test_an_include_of_an_earlier_floor_is_right(self) -> None:
        text = '// SPDX-License-Identifier: MIT\n#include "core/raft/log.hpp"\n'
        self.assertEqual(found("sim/run/x.cpp", text), [])

    def test_core_includes_no_sim(self) -> None:
        problems = core('#include "sim/record/record.hpp"')
        self.assertTrue(any("core/ includes core/ only" in p for p in problems), problems)

    def test_core_includes_no_library_but_the_standard_one(self) -> None:
        self.only(core("#include <fmt/format.h>"), "standard library only, not <fmt/format.h>")

    def test_an_include_in_a_comment_is_none(self) -> None:
        self.assertEqual(core('// #include "sim/record/record.hpp"'), [])

    def test_every_banned_word_is_found_in_core(self) -> None:
        for word in sources.ENTROPY | sources.CORE_ONLY:
            with self.subTest(word=word):
                self.only(core(f"inline auto bad = {word}(1);"), f"`{word}`")

    def test_a_clock_is_found_behind_its_full_name(self) -> None:
        self.only(core("inline auto t = std::chrono::steady_clock::now();"), "`steady_clock`")
        self.only(core("inline auto t = chrono::system_clock::now();"), "`system_clock`")

    def test_a_banned_word_within_a_longer_word_is_right(self) -> None:
        self.assertEqual(core("inline int my_steady_clock_like = 0;"), [])

    def test_sim_may_thread_but_reads_no_clock_outside_the_edge(self) -> None:
        text = "// SPDX-License-Identifier: MIT\nauto t = std::thread(f, steady_clock::now());\n"
        self.only(found("sim/study/x.cpp", text), "`steady_clock`")
        self.assertEqual(found("sim/cli/x.cpp", text), [])

    def test_core_outside_namespace_novacron_is_found(self) -> None:
        self.only(
            found("core/raft/x.hpp", GOOD_CORE.replace("namespace novacron", "namespace other")),
            "namespace novacron",
        )

    def test_a_wrapped_library_used_elsewhere_is_found(self) -> None:
        text = "// SPDX-License-Identifier: MIT\n#include <sqlite3.h>\n"
        self.only(found("sim/run/x.cpp", text), "<sqlite3.h> belongs to sim/store alone")

    def test_a_file_on_no_floor_is_found(self) -> None:
        self.only(found("sim/attic/x.cpp", "// SPDX-License-Identifier: MIT\n"), "on no floor")

    def test_a_missing_licence_is_found(self) -> None:
        self.only(found("bench/x.cpp", "int main() {}\n"), "SPDX-License-Identifier")

    def test_a_header_without_pragma_once_is_found(self) -> None:
        self.only(found("sim/run/x.hpp", "// SPDX-License-Identifier: MIT\n"), "#pragma once")

    def test_too_long_a_file_is_found(self) -> None:
        text = "// SPDX-License-Identifier: MIT\n" + "\n" * 599
        self.assertEqual(found("sim/run/x.cpp", text), [])
        self.only(found("sim/run/x.cpp", text + "\n"), "601 lines; the limit is 600")

    def test_too_long_a_line_is_found_counting_characters(self) -> None:
        head = "// SPDX-License-Identifier: MIT\n// "
        self.assertEqual(found("sim/run/x.cpp", head + "\u00e4" * 97 + "\n"), [])
        self.only(found("sim/run/x.cpp", head + "\u00e4" * 98 + "\n"), "101 columns")

    def test_a_table_may_be_wide_and_what_follows_it_not(self) -> None:
        head = "// SPDX-License-Identifier: MIT\n// clang-format off\n"
        wide = "// " + "x" * 98 + "\n"
        self.assertEqual(found("sim/run/x.cpp", head + wide), [])
        self.only(found("sim/run/x.cpp", head + "// clang-format on\n" + wide), ":4: 101 columns")

    def test_a_type_that_two_headers_define_is_found(self) -> None:
        one = "namespace shaketable {\nstruct Sample {\n};\n}  // namespace shaketable\n"
        other = one.replace("struct Sample", "class Sample final : Base")
        self.only(
            sources.check_types({"sim/alert/x.hpp": one, "sim/study/y.hpp": other}),
            "sim/study/y.hpp:2: shaketable::Sample is also defined in sim/alert/x.hpp",
        )
        elsewhere = other.replace("namespace shaketable", "namespace novacron")
        within = "namespace shaketable {\nstruct Series {\n    struct Sample {};\n};\n}\n"
        declared = "namespace shaketable {\nclass Sample;\n}\n"
        self.assertEqual(
            sources.check_types({"a": one, "b": elsewhere, "c": within, "d": declared}), []
        )

    def test_a_tree_with_one_offender_fails(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "CMakeLists.txt").write_text(
                "# SPDX-License-Identifier: MIT\nset(SHAKETABLE_FLOORS\n  core/base sim/run)\n"
            )
            (root / "core/base").mkdir(parents=True)
            (root / "core/base/bad.hpp").write_text(GOOD_CORE.replace("core/base/t", "sim/run/t"))
            read, problems = sources.check_tree(root)
        self.assertEqual(read, 2)
        self.assertIn("core/base/bad.hpp:8: core/base is below sim/run", "\n".join(problems))


if __name__ == "__main__":
    unittest.main()
