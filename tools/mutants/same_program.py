"""The changes that no test can notice, because the changed program does the same: same_program.txt."""

from pathlib import Path

FILE = Path(__file__).with_name("same_program.txt")


def read_same_programs(text: str | None = None) -> dict[tuple[str, ...], str]:
    """Return the reasons, by the key of the change. Raises ValueError for an entry that is not complete."""
    reasons = {}
    for block in (FILE.read_text(encoding="utf-8") if text is None else text).split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if not lines:
            continue
        path, *rest = lines
        changed = [line for line in rest if line.startswith(("- ", "+ "))]
        reason = " ".join(line for line in rest if line not in changed)
        if not changed or not reason or rest[: len(changed)] != changed:
            raise ValueError(f"{path}: an entry is a path, the lines that go and come, and a reason")
        reasons[(path, *changed)] = reason
    return reasons
