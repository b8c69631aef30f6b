"""Running whole programs and saying how long they took: wall, and CPU with all descendants.

The machine's speed drifts, so two programs are compared in pairs run one right after the other,
in alternating order, and the median of the pairs' ratios is quoted, never one run.
"""

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Another build of it, to compare with itself: MEMEBUILD=/path make bench-null.
MEMEBUILD = Path(os.environ.get("MEMEBUILD", ROOT / "target/release/memebuild"))


@dataclass
class Run:
    """Seconds."""

    wall: float
    cpu: float


def run(argv, cwd, ok=(0,)):
    """Runs a program to its end, its output thrown away; stops the bench if it fails."""
    out = subprocess.DEVNULL
    start = time.monotonic()
    child = subprocess.Popen(argv, cwd=cwd, stdin=out, stdout=out, stderr=subprocess.PIPE)
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in ok:
        sys.stderr.write(said.decode(errors="replace")[-4000:])
        sys.exit(f"error: {argv[0]} ended with {child.returncode} in {cwd}")
    return Run(wall, usage.ru_utime + usage.ru_stime)


def pairs(count, ours, theirs):
    """Runs two functions that return a Run, in pairs; every second pair the other way round."""
    done = []
    for index in range(count):
        if index % 2 == 0:
            a = ours()
            b = theirs()
        else:
            b = theirs()
            a = ours()
        done.append((a, b))
    return done


def median(values):
    return statistics.median(values)


def table(rows):
    """Prints rows of (name, runs): medians and the spread of the wall time."""
    print(f"{'':<22}{'wall':>12}{'min … max':>24}{'cpu':>12}")
    for name, runs in rows:
        walls = [r.wall for r in runs]
        spread = f"{seconds(min(walls))} … {seconds(max(walls))}"
        cpu = seconds(median([r.cpu for r in runs]))
        print(f"{name:<22}{seconds(median(walls)):>12}{spread:>24}{cpu:>12}")


def seconds(value):
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def ratio(done, of):
    """The median of ours ÷ theirs over the pairs, of `wall` or `cpu`."""
    return median([getattr(a, of) / getattr(b, of) for a, b in done])


def need(*programs):
    """Stops with a hint where a program is not there."""
    path = os.environ["PATH"].split(os.pathsep)
    for program in programs:
        there = isinstance(program, Path) and os.access(program, os.X_OK)
        if not there and not any(os.access(Path(p) / str(program), os.X_OK) for p in path):
            sys.exit(f"error: {program} is not there\nhint: `make bench` builds and installs it")


# Runs a program and prints its peak memory: a child of something small, for a child's peak begins
# with that of its parent.
PEAK = r"""
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) {
    struct rusage usage; int status;
    pid_t child = fork();
    if (!child) { dup2(2, 1); execvp(argv[1], argv + 1); _exit(127); }
    wait4(child, &status, 0, &usage);
    printf("%ld", usage.ru_maxrss);
    return status != 0;
}
"""


def compiled(source, program):
    subprocess.run(["cc", "-O2", "-x", "c", "-", "-o", program], input=source.encode(), check=True)
    return program


def compiled_peak(program):
    """A program that runs another one and prints its kilobytes of memory, at most."""
    return compiled(PEAK, program)
