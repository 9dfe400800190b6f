#!/usr/bin/env python3
"""slimsplit report: one well-formed page that needs nothing else, whatever names it is given; damage is refused by line."""
import json
import os
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

HTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
NASTY = 'a<b> & "c" \'d\' ü ]]> \u0001'


def mode(name, size, accuracy):
    return {"mode": name, "head_macs": 1000, "head_parameters": 10, "bytes": size, "most_bytes": size, "head_ms": 0.1,
            "accuracy": accuracy, "images": 100}


def baseline(kind, size, accuracy, **more):
    line = {"baseline": kind, "head_macs": 0, "head_parameters": 0, "bytes": size, "most_bytes": size, "head_ms": 0.1,
            "accuracy": accuracy, "images": 100}
    line.update(more)
    return line


def frame(step, name, in_time=True):
    line = {"step": step, "time_s": 0.1 * step, "mode": name, "deadline_ms": 100, "link_bytes_per_s": 1e5 if step else None,
            "head_ms": 1, "encode_ms": 0.1, "server_ms": 2, "total_ms": 9 if in_time else 101, "bytes": 48, "in_time": in_time}
    if in_time:
        line.update({"transfer_ms": 5, "correct": True})
    return line


MODES = [mode("1.1", 16, 0.5), mode(NASTY, 32, 0.7), mode("2.2", 64, 0.8)]
FILES = [baseline("local", 0, 0.9), baseline("jpeg", 700, 0.3, quality=10, bytes_without_header=77),
         baseline("jpeg", 1300, 0.88, quality=95, bytes_without_header=677), baseline("webp", 200, 0.6, quality=20),
         baseline("png", 2250, 0.9)]
LINK = "time_s,rate_bytes_per_s,delay_s,jitter_s,loss\n0,100000,0.01,0,0\n0.5,0,0.01,0,0\n0.7,50000,0.01,0,0\n"


class ReportTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, lines):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(lines if isinstance(lines, str) else "".join(json.dumps(line) + "\n" for line in lines))
        return path

    def report(self, evaluation, *more):
        out = os.path.join(self.folder, "out.html")
        arguments = ["tools/slimsplit", "report", self.write("eval", evaluation), "--out", out, *more]
        return out, subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def page(self, evaluation, *more):
        out, result = self.report(evaluation, *more)
        self.assertEqual((result.returncode, result.stderr, result.stdout), (0, "", out + "\n"))
        with open(out, encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(text.replace("http://www.w3.org/", "").count("http"), 0, "needs something else")
        self.assertNotIn("<script", text)
        root = xml.etree.ElementTree.fromstring(text)
        for picture in root.iter(SVG + "svg"):
            self.check_inside(picture)
        return root

    def check_inside(self, picture):
        _, _, wide, high = map(float, picture.get("viewBox").split())
        for element in picture.iter():
            x, y = (element.get("x") or element.get("cx"), element.get("y") or element.get("cy"))
            places = [(x, y)] if x else [p.split(",") for p in (element.get("points") or "").split()]
            for x, y in places:
                self.assertTrue(0 <= float(x) <= wide and 0 <= float(y) <= high, (element.tag, x, y))

    def test_modes_alone(self):
        root = self.page(MODES)
        self.assertEqual(len(list(root.iter(SVG + "svg"))), 2)
        cells = [cell.text for cell in root.iter(HTML + "td")]
        self.assertIn(NASTY.replace("\u0001", "?"), cells)
        self.assertIn("70.00 %", cells)

    def test_everything(self):
        trace = self.write("trace", [frame(i, ["1.1", NASTY, "elsewhere"][i % 3], i % 5 != 4) for i in range(30)])
        root = self.page(MODES + FILES, "--trace", trace, "--link", self.write("link", LINK), "--title", NASTY)
        self.assertEqual(root.find(f"{HTML}body/{HTML}h1").text, NASTY.replace("\u0001", "?"))
        pictures = list(root.iter(SVG + "svg"))
        self.assertEqual(len(pictures), 4)
        texts = ["".join(text.itertext()) for text in root.iter(SVG + "text")]
        for text in ("JPEG, whole file", "JPEG without its header", "WebP, whole file", "elsewhere", "missed: 6 frames"):
            self.assertIn(text, texts)
        misses = [e for e in pictures[3].iter(SVG + "path") if e.get("class") == "miss"]
        self.assertEqual(len(misses), 2 * 6 + 1)  # in the panels of time and mode, and the legend

    def test_a_single_frame_and_mode(self):
        self.page(MODES[:1], "--trace", self.write("trace", [frame(0, "1.1")]))

    def test_the_log_of_a_killed_run(self):
        lines = "".join(json.dumps(frame(i, "1.1")) + "\n" for i in range(9))
        _, result = self.report(MODES, "--trace", self.write("trace", lines[:-20]))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("trace: the last line was cut short", result.stderr)

    def test_a_long_run_stays_small(self):
        trace = self.write("trace", [frame(i, "1.1") for i in range(50000)])
        out, result = self.report(MODES, "--trace", trace)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertLess(os.path.getsize(out), 2 << 20)

    def refused(self, code, parts, evaluation, *more):
        out, result = self.report(evaluation, *more)
        self.assertEqual((result.returncode, result.stdout), (code, ""), result.stderr)
        for part in parts:
            self.assertIn(part, result.stderr)
        self.assertFalse(os.path.exists(out))

    def test_refusals(self):
        good = json.dumps(MODES[0]) + "\n"
        self.refused(3, ["eval:2: ", "not valid JSON"], good + good[:30] + "\n")
        self.refused(3, ["eval: ", "no line of a mode"], FILES)
        trace = self.write("trace", [frame(0, "1.1"), {"step": 1}])
        self.refused(3, [trace + ":2: ", "time_s"], good, "--trace", trace)
        self.refused(3, [trace + "x"], good, "--trace", trace + "x")
        self.refused(2, ["--trace"], good, "--link", trace)


if __name__ == "__main__":
    unittest.main()
