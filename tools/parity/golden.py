"""One golden file: what PyTorch computes for one layer, loss or optimizer, as tests/parity reads it.

Inputs are float32 numbers; PyTorch computes in float64 and the results are rounded once, so that the file holds
PyTorch's function without the rounding of one particular kernel.
"""

import zlib

import numpy
import torch

import safetensors_io

ACTIVATIONS = {0: lambda x: x, 1: torch.nn.functional.relu, 2: torch.nn.functional.relu6}


def draw(name, *shape, scale=1.0, low=None, high=None):
    """Seeded by the name: normal with that scale, or uniform in [low, high)."""
    random = numpy.random.RandomState(zlib.crc32(name.encode()))
    if low is None:
        return (scale * random.standard_normal(shape)).astype("float32")
    return random.uniform(low, high, shape).astype("float32")


def leaf(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def rounded(tensor):
    return tensor.detach().numpy().astype("float32")


def layer(folder, name, kind, plan, fields, inputs, parameters, run, train=False):
    """Writes the forward and backward pass of one layer.

    plan: channels per space; fields: of our layer, spaces by number; inputs: NCHW arrays; parameters: {our name: array in
    PyTorch's layout}; run(inputs, parameters) -> output, or (output, {name: running statistic after the pass}).
    """
    tensors = {f"input{i}": array for i, array in enumerate(inputs)}
    tensors.update({f"param.{key}": array for key, array in parameters.items()})
    xs = [leaf(array) for array in inputs]
    ps = {key: leaf(array) for key, array in parameters.items()}
    output, after = run(xs, ps), {}
    if isinstance(output, tuple):
        output, after = output
    upstream = draw(name + ".upstream", *output.shape)
    output.backward(torch.tensor(upstream, dtype=torch.float64))
    tensors["output"] = rounded(output)
    tensors["grad_output"] = upstream
    for i, x in enumerate(xs):
        tensors[f"grad_input{i}"] = rounded(x.grad)
    for key, p in ps.items():
        if key not in ("mean", "var"):
            tensors[f"grad.{key}"] = rounded(p.grad)
    for key, statistic in after.items():
        tensors[f"after.{key}"] = rounded(statistic)
    metadata = {"layer": kind, "plan": ",".join(map(str, plan)), "train": str(int(train))}
    metadata.update({f"field.{key}": repr(value) for key, value in fields.items()})
    safetensors_io.save(f"{folder}/layer_{name}.safetensors", tensors, metadata)
