"""What the comparing benchmarks share: building ours, running commands in turns, and the table."""
import json
import os
import platform
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
# Both sides with threads bound: a spinning team stacked on one CPU measures the scheduler instead.
ENVIRONMENT = dict(os.environ, OMP_PROC_BIND="true")


def build(name):
    """Builds //tools/bench:NAME and returns its path."""
    subprocess.run(["bazel", "build", "//tools/bench:" + name], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    folder = subprocess.run(["bazel", "info", "bazel-bin"], cwd=ROOT, check=True, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.strip()
    return os.path.join(folder, "tools/bench", name)


def in_turns(commands, rounds, json_file=None):
    """Runs each of {name: command} `rounds` times, one after the other; each prints JSON lines. Returns {name: [[line]]}."""
    results = {name: [] for name in commands}
    for number in range(rounds):
        for name, command in commands.items():
            text = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, env=ENVIRONMENT).stdout
            lines = [json.loads(line) for line in text.splitlines()]
            results[name].append(lines)
            for line in lines:
                print("round %d  %-20s %8.2f ms" % (number + 1, line.get("peer", name), line["ms"]), file=sys.stderr)
                if json_file:
                    with open(json_file, "a") as file:
                        file.write(json.dumps(dict(line, cpu=platform.processor() or platform.machine())) + "\n")
    return results


def table(results, ours, columns):
    """Prints a row per name: medians, and the median of the ratios to `ours` in the same round. results: {name: [line]}."""
    print("%-28s %9s %9s" % ("", "median ms", "best ms") + "".join("%10s" % title for title, _ in columns) +
          "%16s" % "ours is faster")
    for name, runs in results.items():
        ratios = [run["ms"] / own["ms"] for run, own in zip(runs, results[ours])]
        print("%-28s %9.2f %9.2f" % (name, statistics.median(r["ms"] for r in runs), min(r["best_ms"] for r in runs)) +
              "".join("%10s" % max(r.get(key, 0) for r in runs) for _, key in columns) +
              "%15.2fx" % statistics.median(ratios))
