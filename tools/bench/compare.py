"""What `compare` is made of: who is there, running in turns, and the figures of a row."""
import collections
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SHAPES = os.path.join(HERE, "conv_shapes.txt")


def build(*names):
    """Builds //tools/bench:NAME and returns the paths, or None where one cannot be built."""
    targets = ["//tools/bench:" + name for name in names]
    run = subprocess.run(["bazel", "build", *targets], cwd=ROOT, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if run.returncode:
        print(run.stderr[-2000:], file=sys.stderr)
        return None
    folder = subprocess.run(["bazel", "info", "bazel-bin"], cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL).stdout.strip()
    return [os.path.join(folder, "tools/bench", name) for name in names]


class Machine:
    """The measured limits: {threads: GFLOP/s} and {threads: {KiB: GB/s}}, the best of all rounds."""

    def __init__(self):
        self.peak = collections.defaultdict(float)
        self.read = collections.defaultdict(lambda: collections.defaultdict(float))

    def add(self, line):
        threads = line["threads"]
        if line["bench"] == "fma":
            self.peak[threads] = max(self.peak[threads], line["gflops"])
        else:
            self.read[threads][line["kib"]] = max(self.read[threads][line["kib"]], line["gb_per_s"])

    def limit_ms(self, threads, flops, count):
        """No program that multiplies so often and moves `count` bytes once is faster, unless by another algorithm."""
        if not self.peak[threads]:
            return None
        limit = flops / self.peak[threads] * 1e-6
        fits = [kib for kib in self.read[threads] if 1024 * kib * threads >= count] or [max(self.read[threads])]
        return max(limit, count / self.read[threads][min(fits)] * 1e-6)


class Runs:
    """Lines of JSON by what was measured: {key: {peer: {round: line}}}."""

    def __init__(self, clock, json_file):
        self.clock = {"wall": "ms", "cpu": "cpu_ms"}[clock]
        self.rows = collections.defaultdict(lambda: collections.defaultdict(dict))
        self.machine = Machine()
        self.json_file = json_file

    def run(self, number, peer, command, environment):
        """Runs `command` and keeps what it prints; a command that fails is reported and leaves its cells empty."""
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        if done.returncode:
            print("%s failed: %s\n%s" % (peer, " ".join(command), done.stderr[-1000:]), file=sys.stderr)
        for text in done.stdout.splitlines():
            if text.startswith("{"):
                self.add(number, json.loads(text))

    def add(self, number, line):
        if self.json_file:
            with open(self.json_file, "a") as file:
                file.write(json.dumps(dict(line, round=number, load=os.getloadavg()[0])) + "\n")
        if line["peer"] == "machine":
            self.machine.add(line)
            return
        key = (line["bench"], line["case"], line.get("widths") or line.get("width", ""), line.get("images", 1),
               line.get("threads", 1))
        self.rows[key][line["peer"]][number] = line

    def median(self, key, peer, what=None):
        what = what or self.clock
        values = [line[what] for line in self.rows[key][peer].values() if what in line]
        return statistics.median(values) if values else None

    def ratio(self, key, peers, what=None):
        """The median over rounds of the best of `peers` over slimsplit in the same round."""
        what = what or self.clock
        lines = self.rows[key]
        ratios = []
        for number, own in lines["slimsplit"].items():
            others = [lines[peer][number][what] for peer in peers if what in lines[peer].get(number, {})]
            if others and own.get(what):
                ratios.append(min(others) / own[what])
        return statistics.median(ratios) if ratios else None
