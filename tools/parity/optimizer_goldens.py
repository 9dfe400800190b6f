"""The optimizers' goldens: five steps on fixed gradients, with a learning rate of its own each."""

import torch

import safetensors_io
from golden import draw, leaf, rounded

RATES = (0.1, 0.1, 0.05, 0.02, 0.01)
ADAM_RATES = tuple(rate / 10 for rate in RATES)


def case(folder, name, make, rates, options):
    """make(parameters) -> optimizer of the weight and bias of a Linear with 4 inputs and 3 outputs."""
    weight, bias = leaf(draw("optimizer.w", 3, 4)), leaf(draw("optimizer.b", 3))
    tensors = {"weight.0": rounded(weight), "bias.0": rounded(bias)}
    optimizer = make([weight, bias])
    for step, rate in enumerate(rates, 1):
        for key, parameter in (("weight", weight), ("bias", bias)):
            gradient = draw(f"optimizer.{key}.{step}", *parameter.shape)
            tensors[f"grad.{key}.{step}"] = gradient
            parameter.grad = torch.tensor(gradient, dtype=torch.float64)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        tensors[f"weight.{step}"], tensors[f"bias.{step}"] = rounded(weight), rounded(bias)
    metadata = {"rates": ",".join(map(repr, rates)), **{key: str(value) for key, value in options.items()}}
    safetensors_io.save(f"{folder}/optimizer_{name}.safetensors", tensors, metadata)


def write(folder):
    def sgd(name, momentum, nesterov, decay):
        case(folder, name, lambda p: torch.optim.SGD(p, 0.1, momentum, 0, decay, nesterov), RATES,
             {"rule": "sgd", "momentum": momentum, "nesterov": int(nesterov), "weight_decay": decay})

    sgd("sgd", 0.0, False, 0.0)
    sgd("sgd_momentum_decay", 0.9, False, 0.01)
    sgd("sgd_nesterov_decay", 0.9, True, 0.01)

    def adam(name, make, decay):
        case(folder, name, lambda p: make(p, 0.01, (0.9, 0.99), 1e-6, decay), ADAM_RATES,
             {"rule": name.split("_")[0], "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-6, "weight_decay": decay})

    adam("adam", torch.optim.Adam, 0.0)
    adam("adam_decay", torch.optim.Adam, 0.1)
    adam("adamw_decay", torch.optim.AdamW, 0.1)

    # Weights decay, biases, scales and shifts do not.
    case(folder, "sgd_decay_weights_only",
         lambda p: torch.optim.SGD([{"params": p[:1], "weight_decay": 0.05}, {"params": p[1:]}], 0.1, 0.9), RATES,
         {"rule": "sgd", "momentum": 0.9, "nesterov": 0, "weight_decay": 0.05, "decay_vectors": 0})
