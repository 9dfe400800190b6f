#!/usr/bin/env python3
"""`slimsplit import` from the command line: exit codes, what it prints, and that nothing is left of a failed run."""

import json
import pathlib
import struct
import subprocess
import tempfile
import unittest

SLIMSPLIT = pathlib.Path("tools/slimsplit").resolve()


def tensors_of_plain_cnn():
    inputs = 3
    for i in (1, 2, 3):
        outputs = 8 << i
        yield f"conv{i}.weight", [outputs, inputs, 3, 3]
        for name in ("weight", "bias", "running_mean", "running_var"):
            yield f"bn{i}.{name}", [outputs]
        inputs = outputs
    yield "linear.weight", [10, 64]
    yield "linear.bias", [10]


def write(path, tensors):
    header, data = {}, b""
    for name, shape in tensors:
        count = 1
        for size in shape:
            count *= size
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * count]}
        data += struct.pack("<f", 0.25) * count
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


class ImportCommand(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.weights, self.out = self.folder / "w.safetensors", self.folder / "m.safetensors"
        write(self.weights, tensors_of_plain_cnn())

    def run_import(self, *options):
        command = [SLIMSPLIT, "import", "--weights", self.weights, "--out", self.out, *options]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)

    def test_a_good_file_becomes_a_model(self):
        result = self.run_import("--net", "plain-cnn", "--json")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        said = json.loads(result.stdout)
        # Convolutions 23,472, norms 2 * 112, linear 650.
        self.assertEqual((said["parameters"], said["widths"], said["calibrated"]), (24346, ["1"], ["1"]))
        self.assertTrue(self.out.exists())

    def test_only_the_whole_network_is_calibrated(self):
        result = self.run_import("--net", "plain-cnn", "--widths", "0.25,0.5,1", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        said = json.loads(result.stdout)
        self.assertEqual((said["widths"], said["calibrated"]), (["0.25", "0.5", "1"], ["1"]))
        self.assertIn("calibrate", result.stderr)

    def test_weights_of_another_network_are_bad_input(self):
        result = self.run_import("--net", "resnet8")
        self.assertEqual((result.returncode, result.stdout), (3, ""))
        for part in (str(self.weights), "resnet8", "missing: ", "layer1.0.bn1.bias", "not in the network: ", "conv3.weight"):
            self.assertIn(part, result.stderr)
        self.assertFalse(self.out.exists())

    def test_a_truncated_file_is_bad_input_and_the_old_model_stays(self):
        self.out.write_bytes(b"old")
        self.weights.write_bytes(self.weights.read_bytes()[:-1])
        result = self.run_import("--net", "plain-cnn")
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn(str(self.weights), result.stderr)
        self.assertEqual(self.out.read_bytes(), b"old")
        self.assertEqual(sorted(self.folder.iterdir()), [self.out, self.weights])

    def test_what_makes_no_sense_is_a_usage_error(self):
        for options in (
            ("--net", "resnet9"),
            ("--net", "plain-cnn", "--widths", "1,0.5"),
            ("--net", "plain-cnn", "--normalization", "unknown"),
            ("--net", "plain-cnn", "--affine", "unknown"),
            ("--net", "plain-cnn", "--normalization", "mnist"),  # one channel, the weights have three
            (),
        ):
            result = self.run_import(*options)
            self.assertEqual((result.returncode, result.stdout), (2, ""), options)
            self.assertFalse(self.out.exists(), options)


if __name__ == "__main__":
    unittest.main()
