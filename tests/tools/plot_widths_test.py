#!/usr/bin/env python3
"""plot_widths: what it draws is well-formed, inside the picture, and no two texts lie on each other."""
import json
import os
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

SVG = "{http://www.w3.org/2000/svg}"
WIDE, HIGH = 640, 400


class PlotWidthsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def plot(self, **curves):
        """Runs the tool on the points (width, macs, accuracy, calibrated) of each curve."""
        arguments = [os.path.join(self.folder, "out.svg"), "a <title> & more"]
        for name, points in curves.items():
            path = os.path.join(self.folder, name)
            with open(path, "w") as file:
                for width, macs, accuracy, calibrated in points:
                    file.write(json.dumps({"width": width, "macs": macs, "accuracy": accuracy, "calibrated": calibrated}) + "\n")
                file.write('{"model": "a line of another kind"}\n')
            arguments.append(name + "=" + path)
        return subprocess.run(["tools/plot_widths", *arguments], stderr=subprocess.PIPE, text=True)

    def picture(self, **curves):
        result = self.plot(**curves)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return xml.etree.ElementTree.parse(os.path.join(self.folder, "out.svg")).getroot()

    def check_layout(self, picture):
        boxes = []
        for text in picture.iter(SVG + "text"):
            x, y, wide = float(text.get("x")), float(text.get("y")), 7.5 * len(text.text)
            x -= {"middle": wide / 2, "end": wide}.get(text.get("text-anchor"), 0)
            self.assertTrue(0 <= x and x + wide <= WIDE and 10 <= y <= HIGH - 2, text.text)
            for other, other_x, other_y, other_wide in boxes:
                apart = x >= other_x + other_wide or other_x >= x + wide or abs(y - other_y) >= 12
                self.assertTrue(apart, "%s lies on %s" % (text.text, other))
            boxes.append((text.text, x, y, wide))

    def test_wide_and_narrow_ranges(self):
        macs = [885920, 3279168, 7179744, 12587648]
        widths = ["0.25", "0.5", "0.75", "1"]
        for accuracies in [0.08, 0.5, 0.7, 0.99], [0.9, 0.91, 0.92, 0.93], [0.9111, 0.9112, 0.9113, 0.9114], [1, 1, 1, 1]:
            picture = self.picture(net=[(w, m, a, True) for w, m, a in zip(widths, macs, accuracies)])
            self.check_layout(picture)
            self.assertEqual(len(list(picture.iter(SVG + "circle"))), 4)

    def test_one_width(self):
        self.check_layout(self.picture(net=[("1", 12587648, 0.15625, True)]))
        self.check_layout(self.picture(net=[("1", 900, 0.0, True)]))

    def test_networks_that_nearly_meet(self):
        macs = [885920, 3279168, 12587648]
        one = [(w, m, a, True) for w, m, a in zip(["0.25", "0.5", "1"], macs, [0.900, 0.920, 0.930])]
        other = [(w, m, a, True) for w, m, a in zip(["0.25", "0.5", "1"], macs, [0.903, 0.917, 0.931])]
        self.check_layout(self.picture(slimmable=one, separate=other))

    def test_widths_that_are_not_calibrated_are_left_out(self):
        points = [("0.5", 1000, 0.5, False), ("1", 4000, 0.9, True)]
        self.assertEqual(len(list(self.picture(net=points).iter(SVG + "circle"))), 1)
        result = self.plot(net=points[:1])
        self.assertEqual(result.returncode, 1)
        self.assertIn("calibrated", result.stderr)


if __name__ == "__main__":
    unittest.main()
