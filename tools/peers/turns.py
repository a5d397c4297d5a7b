"""How the scripts of this folder take turns with another program, as tools/bench/for-turns.mjs does."""

import json
import resource
import sys
import time
from importlib.metadata import version


def versions_of(*packages):
    return {package: version(package) for package in packages}


def for_turns(measure, versions=None):
    """Prints the versions of what is measured (torch's where none are given), and then what `measure`
    returns, each as a line of JSON: once on a terminal, else once for every line on standard input."""
    print(json.dumps({"versions": versions or versions_of("torch")}), flush=True)
    for _ in ["once"] if sys.stdin is None or sys.stdin.isatty() else sys.stdin:
        print(json.dumps(measure()), flush=True)


def time_steps(step, count, warm_up=1):
    """Times `count` steps a turn in milliseconds, after some that warm up; with them the most memory
    that the process had."""

    def timed():
        start = time.perf_counter()
        step()
        return round(1000 * (time.perf_counter() - start), 2)

    def measure():
        milliseconds = [timed() for _ in range(count)]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {"milliseconds": milliseconds, "peakMegabytes": round(peak)}

    for _ in range(warm_up):
        step()
    for_turns(measure)
