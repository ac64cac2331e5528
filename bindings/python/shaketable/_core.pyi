# SPDX-License-Identifier: MIT
# Types of the extension module.
_Diagnostic = tuple[str, int, int, str, str, str]  # file, line, column, message, hint, source line

class BugError(RuntimeError):
    """The program broke a promise of its own; please report it."""

class Scenario:
    """A scenario that has been read, checked and resolved; it never changes."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def path(self) -> str:
        """The file it was read from, as it was named."""
    @property
    def resolved(self) -> str:
        """The whole scenario as canonical YAML."""
    @property
    def hash(self) -> str:
        """The scenario's identity: 16 hexadecimal digits."""
    @property
    def duration_ns(self) -> int:
        """How long a run takes in virtual nanoseconds, warm-up included."""
    @property
    def seeds(self) -> tuple[int, int]:
        """First and last of the seeds it is meant for; both are included."""
    @property
    def parameters(self) -> dict[str, str]:
        """The value of each parameter, as the scenario spells it."""

def load(
    path: str, overrides: list[tuple[str, str]]
) -> tuple[Scenario | None, list[_Diagnostic], str]: ...
def run_to_json(scenario: Scenario, seed: int, replay: str) -> str: ...
def version() -> str: ...
def model_version() -> str: ...
