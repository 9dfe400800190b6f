"""The losses' goldens: value and gradient, with the mean over images that the methods ask for."""

import numpy
import torch
from torch.nn import functional as F

import safetensors_io
from golden import draw, leaf, rounded

LABELS = numpy.array([3, 0, 6, 2, 2], dtype="int32")


def case(folder, name, shape, others, run, options=None):
    """run(x, {name: tensor}) -> scalar; x is what the loss is differentiated by."""
    x = leaf(draw(name, *shape, scale=2))
    tensors = {"x": rounded(x), **others}
    arguments = {key: torch.tensor(value if value.dtype == "int32" else value.astype("float64"))
                 for key, value in others.items()}
    value = run(x, arguments)
    value.backward()
    tensors["value"] = rounded(value)
    tensors["grad"] = rounded(x.grad)
    metadata = {"loss": name.split(".")[0], **{key: repr(value) for key, value in (options or {}).items()}}
    safetensors_io.save(f"{folder}/loss_{name}.safetensors", tensors, metadata)


def kl(x, teacher, tau):
    """tau^2 KL(softmax(teacher / tau) || softmax(x / tau)), mean over images."""
    return tau**2 * F.kl_div(F.log_softmax(x / tau, 1), F.log_softmax(teacher / tau, 1), reduction="batchmean", log_target=True)


def write(folder):
    logits = (5, 7)
    labels = {"labels": LABELS}
    for smoothing in (0.0, 0.1):
        case(folder, f"cross_entropy.{smoothing}", logits, labels,
             lambda x, a: F.cross_entropy(x, a["labels"].long(), label_smoothing=smoothing), {"smoothing": smoothing})
    far = 100 * draw("far", *logits)  # logits whose exponentials overflow
    case(folder, "soft_cross_entropy", logits, {"target": rounded(F.softmax(torch.tensor(draw("target", *logits)), 1))},
         lambda x, a: F.cross_entropy(x, a["target"]))
    teacher = {"teacher": draw("teacher", *logits, scale=3)}
    for tau in (1.0, 4.0):
        case(folder, f"distillation_kl.{tau}", logits, teacher, lambda x, a: kl(x, a["teacher"], tau), {"tau": tau})
    case(folder, "distillation_kl.far", logits, {"teacher": far}, lambda x, a: kl(x, a["teacher"], 1.0), {"tau": 1.0})
    case(folder, "hinton_distillation", logits, {**labels, **teacher},
         lambda x, a: 0.3 * F.cross_entropy(x, a["labels"].long()) + 0.7 * kl(x, a["teacher"], 2.0),
         {"alpha": 0.3, "tau": 2.0})
    features = (2, 5, 3, 4)
    target = {"target": draw("features", *features)}
    case(folder, "sum_of_squares", features, target, lambda x, a: F.mse_loss(x, a["target"], reduction="sum"))
    case(folder, "mean_square", features, target, lambda x, a: F.mse_loss(x, a["target"]))
