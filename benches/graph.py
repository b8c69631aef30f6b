"""Writes the same graph of small commands as a Memefile, a build.ninja and a Makefile.

Commands are argv for memebuild and go through a shell in the other two, which cannot do else.
"""

import random
from dataclasses import dataclass
from pathlib import Path

# The first user's library, and what is made of it.
GREENS, BACKGROUNDS, MUSIC, EFFECTS = 2150, 100, 100, 47
MEMES = 10_000


@dataclass
class Command:
    name: str
    program: str  # `cp` or `sort`
    inputs: list
    output: str


def memes(folder: Path, number=MEMES):
    """An ingest for each of 2,397 assets, a render and a critic for each of so many memes."""
    draw = random.Random(7)
    commands = []
    ingested = {}
    kinds = (("green", GREENS), ("background", BACKGROUNDS), ("music", MUSIC), ("effect", EFFECTS))
    for kind, count in kinds:
        (folder / "media" / kind).mkdir(parents=True)
        for index in range(count):
            source = f"media/{kind}/{index:04}.bin"
            (folder / source).write_text(f"{kind} {index}\n" * 8)
            output = f"out/assets/{kind}-{index:04}"
            commands.append(Command(f"ingest-{kind}-{index:04}", "cp", [source], output))
            ingested.setdefault(kind, []).append(output)
    for index in range(number):
        # A product of axes in random order: every asset is used, none of them equally often.
        parts = [draw.choice(ingested[kind]) for kind, _ in kinds]
        render, verdict = f"out/renders/{index:06}", f"out/verdicts/{index:06}"
        commands.append(Command(f"render-{index:06}", "sort", parts, render))
        commands.append(Command(f"critic-{index:06}", "cp", [render], verdict))
    write(folder, commands, ("out/assets", "out/renders", "out/verdicts"))
    return commands


def trivial(folder: Path, count):
    """That many commands that have nothing to do with each other."""
    (folder / "media").mkdir(parents=True)
    commands = []
    for index in range(count):
        source = f"media/{index:05}.bin"
        (folder / source).write_text(f"{index}\n")
        commands.append(Command(f"copy-{index:05}", "cp", [source], f"out/{index:05}"))
    write(folder, commands, ("out",))
    return commands


def write(folder, commands, outputs):
    for each in outputs:
        (folder / each).mkdir(parents=True, exist_ok=True)
    memefile = ["memefile = 1"]
    ninja = ["rule cp\n  command = cp $in $out", "rule sort\n  command = sort -o $out $in"]
    make = [f"MAKEFLAGS += -rR\nall: {' '.join(c.output for c in commands)}\n.PHONY: all"]
    argv = {"cp": '"cp", "{in}", "{out}"', "sort": '"sort", "-o", "{out}", "{in}"'}
    shell = {"cp": "cp $^ $@", "sort": "sort -o $@ $^"}
    for c in commands:
        inputs = ", ".join(f'"{i}"' for i in c.inputs)
        memefile.append(
            f"\n[command.{c.name}]\nrun = [{argv[c.program]}]\n"
            f'inputs = [{inputs}]\noutputs = ["{c.output}"]'
        )
        ninja.append(f"build {c.output}: {c.program} {' '.join(c.inputs)}")
        make.append(f"{c.output}: {' '.join(c.inputs)}\n\t@{shell[c.program]}")
    (folder / "Memefile.toml").write_text("\n".join(memefile) + "\n")
    (folder / "build.ninja").write_text("\n".join(ninja) + "\n")
    (folder / "Makefile").write_text("\n".join(make) + "\n")
