# SPDX-License-Identifier: MIT
"""What every source file promises, checked by reading it.

    python3 tests/floors/sources.py [ROOT]

prints `file:line: what is wrong` for each broken promise and exits 1 if there is any.

1. A floor includes only itself and floors before it in SHAKETABLE_FLOORS of the top CMakeLists.txt.
2. core/ includes the standard library and core/ only, lives in namespace novacron, and names
   nothing that reads a clock, draws entropy, starts a thread, prints, or hashes by an unspecified
   function. sim/ may thread (a study) and print (the edge), but reads no clock and draws no entropy
   outside sim/cli.
3. A third-party library is included by the one floor that wraps it.
4. Every file begins with its licence; headers have `#pragma once`; a file, a header and a line are
   of a length a reader can take in. A table between `clang-format off` and `on` may be wider.
5. A type at the top of a namespace is defined in one header: the linker would take two for one.

Comments and strings are no code: they may say any word. What this can't see: iteration of unordered
containers, pointers as keys, and macros that hide an include.
"""
from __future__ import annotations

import re
import sys
from pathlib import Path

CODE_FOLDERS = ("core", "sim", "bindings", "reports", "tests", "bench")
LINES_MAX = {".hpp": 300, ".cpp": 600, ".py": 600, "CMakeLists.txt of a floor": 30}
COLUMNS_MAX = 100
LICENCE = "SPDX-License-Identifier: MIT"

# Word -> why it is banned. All are whole words of code.
ENTROPY = {
    "system_clock": "reads the wall clock",
    "steady_clock": "reads a real clock",
    "high_resolution_clock": "reads a real clock",
    "clock_gettime": "reads a real clock",
    "gettimeofday": "reads the wall clock",
    "random_device": "draws entropy",
    "uniform_int_distribution": "differs between standard libraries",
    "uniform_real_distribution": "differs between standard libraries",
    "normal_distribution": "differs between standard libraries",
    "exponential_distribution": "differs between standard libraries",
    "std::hash": "is unspecified",
    "std::rand": "is unspecified and global",
    "setlocale": "makes output depend on the locale",
}
CORE_ONLY = {
    "std::thread": "starts a thread",
    "std::jthread": "starts a thread",
    "std::async": "starts a thread",
    "std::mutex": "is for threads",
    "thread_local": "is for threads",
    "std::cout": "prints",
    "std::cerr": "prints",
    "printf": "prints",
    "std::getenv": "reads the environment",
    "std::ifstream": "reads a file",
    "std::ofstream": "writes a file",
}
# The edge may read a wall clock: it measures how long a run took.
MAY_READ_CLOCKS = ("sim/cli",)
WRAPPED = {
    "yaml-cpp/": "sim/scenario",
    "sqlite3.h": "sim/store",
    "boost/program_options": "sim/cli",
    "pybind11/": "bindings/python",
}
STANDARD_HEADERS = frozenset(
    """algorithm any array atomic bit bitset cassert cctype cerrno cfenv cfloat charconv chrono
    cinttypes climits cmath compare complex concepts condition_variable coroutine csetjmp
    csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque
    exception execution filesystem format forward_list fstream functional future
    initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map
    memory memory_resource mutex new numbers numeric optional ostream queue random ranges
    ratio regex scoped_allocator semaphore set shared_mutex source_location span sstream stack
    stdexcept stop_token streambuf string string_view strstream syncstream system_error thread
    tuple type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant
    vector version""".split()
)

_NOT_CODE = re.compile(
    r"""R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"     # raw string
      | //[^\n]* | /\*.*?\*/                   # comments
      | (?<![0-9A-Za-z])'(?:\\.|[^'\\\n])+'    # character; not the separator in 1'000
      | "(?:\\.|[^"\\\n])*"                    # string""",
    re.VERBOSE | re.DOTALL,
)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:<([^>\n]+)>|"([^"\n]+)")', re.MULTILINE)


_NAMESPACE = re.compile(r"namespace ([\w:]+) \{")
_TYPE = re.compile(r"(?:struct|class|union|enum class) (\w+)[^;]*\{")


def code_of(text: str) -> str:
    """The text with comments and literals blanked and every newline kept."""
    return _NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def floors_of(root: Path) -> list[str]:
    """The floors from the ground up, as the build lists them."""
    text = (root / "CMakeLists.txt").read_text(encoding="utf-8")
    found = re.search(r"set\(SHAKETABLE_FLOORS\s+([^)]*)\)", text)
    if not found:
        raise SystemExit("CMakeLists.txt has no set(SHAKETABLE_FLOORS ...)")
    return found.group(1).split()


def floor_of(path: str, floors: list[str]) -> str | None:
    """The floor that a path from the repository root belongs to."""
    return next((floor for floor in floors if path.startswith(floor + "/")), None)


def includes_of(text: str) -> list[tuple[int, str, bool]]:
    """(line, included path, was it in angle brackets) of every include that is code."""
    code = code_of(text)
    found = []
    for match in _INCLUDE.finditer(text):
        # A quoted path is a literal and blank in `code`; the directive itself must not be.
        if "#" in code[match.start() : match.end()]:
            line = text.count("\n", 0, match.start(1) if match.group(1) else match.start(2)) + 1
            found.append((line, match.group(1) or match.group(2), match.group(1) is not None))
    return found


def check_includes(path: str, text: str, floors: list[str]) -> list[str]:
    problems = []
    own = floor_of(path, floors)
    for line, included, angled in includes_of(text):
        where = f"{path}:{line}"
        for library, wrapper in WRAPPED.items():
            if included.startswith(library) and not path.startswith(wrapper + "/"):
                problems.append(f"{where}: <{included}> belongs to {wrapper} alone")
        if path.startswith("core/"):
            if angled and included not in STANDARD_HEADERS:
                problems.append(f"{where}: core/ uses the standard library only, not <{included}>")
            if not angled and not included.startswith("core/"):
                problems.append(f'{where}: core/ includes core/ only, not "{included}"')
        if angled or not included.startswith(("core/", "sim/", "bindings/", "tests/")):
            continue
        other = floor_of(included, floors)
        if own is None:
            continue
        if other is None:
            problems.append(f'{where}: "{included}" is on no floor of SHAKETABLE_FLOORS')
        elif floors.index(other) > floors.index(own):
            problems.append(f'{where}: {own} is below {other} and can\'t include "{included}"')
    return problems


def check_names(path: str, text: str) -> list[str]:
    banned: dict[str, str] = {}
    if path.startswith(("core/", "sim/")) and not path.startswith(MAY_READ_CLOCKS):
        banned |= ENTROPY
    if path.startswith("core/"):
        banned |= CORE_ONLY
    problems = []
    for number, line in enumerate(code_of(text).split("\n"), 1):
        for word, why in banned.items():
            if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", line):
                problems.append(f"{path}:{number}: `{word}` {why}")
    if path.startswith("core/"):
        code = code_of(text)
        if not re.search(r"\bnamespace novacron\b", code):
            problems.append(f"{path}:1: core/ lives in namespace novacron")
        if re.search(r"\bshaketable\b", code):
            problems.append(f"{path}:1: core/ doesn't know of shaketable")
    return problems


def check_shape(path: str, text: str) -> list[str]:
    problems = []
    lines = text.split("\n")
    if LICENCE not in "\n".join(lines[:2]):
        problems.append(f"{path}:1: the first line must be `{LICENCE}` in a comment")
    if path.endswith(".hpp") and "#pragma once" not in lines:
        problems.append(f"{path}:1: a header needs `#pragma once`")
    kind = Path(path).suffix
    if path.endswith("/CMakeLists.txt") and path.startswith(("core/", "sim/")):
        kind = "CMakeLists.txt of a floor"
    limit = LINES_MAX.get(kind)
    if limit and text.count("\n") > limit:
        problems.append(f"{path}:{limit + 1}: {text.count(chr(10))} lines; the limit is {limit}")
    if text and not text.endswith("\n"):
        problems.append(f"{path}:{len(lines)}: the last line needs an end")
    in_table = False
    for number, line in enumerate(lines, 1):
        if line.strip() in ("// clang-format off", "// clang-format on"):
            in_table = line.endswith("off")
        if len(line) > COLUMNS_MAX and not in_table:
            problems.append(f"{path}:{number}: {len(line)} columns; the limit is {COLUMNS_MAX}")
        if line != line.rstrip():
            problems.append(f"{path}:{number}: blanks at the end of the line")
        if "\t" in line:
            problems.append(f"{path}:{number}: a tab; use blanks")
    return problems


def check_text(path: str, text: str, floors: list[str]) -> list[str]:
    """All that is wrong with one file; `path` is from the repository root, with slashes."""
    problems = check_shape(path, text)
    if path.endswith((".hpp", ".cpp")):
        problems += check_includes(path, text, floors) + check_names(path, text)
        if path.startswith(("core/", "sim/")) and floor_of(path, floors) is None:
            problems.append(f"{path}:1: on no floor of SHAKETABLE_FLOORS")
    return problems


def types_of(text: str) -> list[tuple[int, str]]:
    """(line, full name) of each type that is defined at the top of a namespace."""
    found = []
    inside = ""
    for number, line in enumerate(code_of(text).split("\n"), 1):
        opened, defined = _NAMESPACE.match(line), _TYPE.match(line)
        inside = opened.group(1) if opened else inside
        if defined and inside:
            found.append((number, f"{inside}::{defined.group(1)}"))
    return found


def check_types(headers: dict[str, str]) -> list[str]:
    """Of all headers together: path -> text."""
    problems = []
    first: dict[str, str] = {}
    for path, text in headers.items():
        for line, name in types_of(text):
            if first.setdefault(name, path) != path:
                problems.append(f"{path}:{line}: {name} is also defined in {first[name]}")
    return problems


def sources_of(root: Path) -> list[Path]:
    wanted = (".hpp", ".cpp", ".py")
    found = [root / "CMakeLists.txt"]
    for folder in CODE_FOLDERS:
        for path in (root / folder).rglob("*"):
            if path.suffix in wanted or path.name == "CMakeLists.txt":
                found.append(path)
    return sorted(found)


def check_tree(root: Path) -> tuple[int, list[str]]:
    """(files read, problems found)."""
    floors = floors_of(root)
    files = sources_of(root)
    problems: list[str] = []
    headers: dict[str, str] = {}
    for file in files:
        text = file.read_text(encoding="utf-8")
        path = file.relative_to(root).as_posix()
        problems += check_text(path, text, floors)
        if path.startswith(("core/", "sim/")) and path.endswith(".hpp"):
            headers[path] = text
    return len(files), problems + check_types(headers)


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    read, problems = check_tree(root)
    print("\n".join(problems) if problems else f"{read} files keep their promises")
    if problems:
        print(f"\n{len(problems)} broken promises in {read} files", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
