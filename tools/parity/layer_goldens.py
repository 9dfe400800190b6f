"""The layers' goldens: each is PyTorch's own operator, or the formula of its paper written in PyTorch."""

import numpy
import torch
from torch.nn import functional as F

import golden
from golden import ACTIVATIONS, draw


def convolutions(folder):
    def conv(name, channels, size, kernel, stride=1, padding=0, bias=0, groups=1, activation=0, images=2):
        i, o = channels
        parameters = {"weight": draw(name + ".w", o, i // groups, kernel, kernel, scale=0.3)}
        if bias:
            parameters["bias"] = draw(name + ".b", o)
        fields = {"in": 0, "out": 1, "kernel": kernel, "stride": stride, "padding": padding, "bias": bias,
                  "groups": groups, "activation": activation}
        golden.layer(folder, name, "conv2d", channels, fields, [draw(name, images, i, *size)], parameters,
                     lambda x, p: ACTIVATIONS[activation](
                         F.conv2d(x[0], p["weight"], p.get("bias"), stride, padding, 1, groups)))

    conv("conv2d", (3, 5), (6, 7), 3, padding=1)
    conv("conv2d_stride2_bias_relu", (4, 6), (7, 8), 3, 2, 1, bias=1, activation=1)
    conv("conv2d_groups2", (4, 6), (6, 5), 5, 3, 2, groups=2)
    conv("conv2d_1x1_stride2_relu6", (5, 9), (5, 6), 1, 2, bias=1, activation=2)
    conv("conv2d_over_blocks", (20, 35), (6, 6), 3, padding=1, images=1)
    conv("conv2d_wide_padding", (3, 4), (4, 3), 2, 2, 3)
    conv("conv2d_odd_map_bias_relu", (9, 18), (5, 4), 3, bias=1, activation=1)

    def depthwise(name, channels, size, kernel, stride=1, padding=0, bias=0, activation=0):
        parameters = {"weight": draw(name + ".w", channels, 1, kernel, kernel, scale=0.4)}
        if bias:
            parameters["bias"] = draw(name + ".b", channels)
        fields = {"channels": 0, "kernel": kernel, "stride": stride, "padding": padding, "bias": bias,
                  "activation": activation}
        golden.layer(folder, name, "depthwise_conv2d", [channels], fields, [draw(name, 2, channels, *size)], parameters,
                     lambda x, p: ACTIVATIONS[activation](
                         F.conv2d(x[0], p["weight"], p.get("bias"), stride, padding, 1, channels)))

    depthwise("depthwise", 5, (6, 5), 3, padding=1)
    depthwise("depthwise_stride2_bias_relu6", 19, (7, 6), 3, 2, 1, bias=1, activation=2)
    depthwise("depthwise_5x5_relu", 4, (5, 6), 5, 1, 2, activation=1)

    def transposed(name, channels, size, kernel, stride, padding, output_padding, bias=0, activation=0):
        i, o = channels
        parameters = {"weight": draw(name + ".w", i, o, kernel, kernel, scale=0.3)}
        if bias:
            parameters["bias"] = draw(name + ".b", o)
        fields = {"in": 0, "out": 1, "kernel": kernel, "stride": stride, "padding": padding,
                  "output_padding": output_padding, "bias": bias, "activation": activation}
        golden.layer(folder, name, "transposed_conv2d", channels, fields, [draw(name, 2, i, *size)], parameters,
                     lambda x, p: ACTIVATIONS[activation](
                         F.conv_transpose2d(x[0], p["weight"], p.get("bias"), stride, padding, output_padding)))

    transposed("transposed_conv2d", (5, 3), (3, 4), 3, 2, 1, 1)
    transposed("transposed_conv2d_5x5_bias_relu", (4, 18), (3, 3), 5, 2, 2, 1, bias=1, activation=1)
    transposed("transposed_conv2d_2x2_stride3", (3, 4), (2, 3), 2, 3, 0, 2)
    transposed("transposed_conv2d_stride1", (3, 4), (4, 4), 3, 1, 1, 0)


def linear(folder):
    def case(name, channels, size, bias):
        i, o = channels
        taps = size[0] * size[1]
        parameters = {"weight": draw(name + ".w", o, i * taps, scale=0.3)}
        if bias:
            parameters["bias"] = draw(name + ".b", o)
        golden.layer(folder, name, "linear", channels, {"in": 0, "out": 1, "taps": taps, "bias": bias},
                     [draw(name, 4, i, *size)], parameters,
                     lambda x, p: F.linear(x[0].flatten(1), p["weight"], p.get("bias"))[:, :, None, None])

    case("linear", (21, 10), (1, 1), 1)
    case("linear_of_a_map", (5, 7), (2, 3), 0)


def normalisations(folder):
    def batch_norm(name, channels, affine, activation, train, size=(4, 3)):
        parameters = {"scale": draw(name + ".scale", channels, low=0.5, high=1.5), "shift": draw(name + ".shift", channels),
                      "mean": draw(name + ".mean", channels), "var": draw(name + ".var", channels, low=0.5, high=1.5)}
        x = 2 * draw(name, 3, channels, *size) + 5 * draw(name + ".offset", 1, channels, 1, 1)

        def run(x, p):
            mean, var = p["mean"].detach().clone(), p["var"].detach().clone()
            y = F.batch_norm(x[0], mean, var, p["scale"], p["shift"], train, 0.1, 1e-5)
            return ACTIVATIONS[activation](y), {"mean": mean, "var": var} if train else {}

        golden.layer(folder, name, "batch_norm", [channels],
                     {"channels": 0, "epsilon": 1e-5, "affine": affine, "activation": activation}, [x], parameters, run,
                     train)

    batch_norm("batch_norm_train", 5, 0, 0, True)
    batch_norm("batch_norm_train_relu", 19, 1, 1, True)
    batch_norm("batch_norm_train_vector", 6, 0, 0, True, (1, 1))
    batch_norm("batch_norm_eval_relu6", 7, 0, 2, False)

    def instance_norm(name, channels, affine, activation, epsilon):
        parameters = {}
        if affine:
            parameters = {"scale": draw(name + ".scale", channels, low=0.5, high=1.5),
                          "shift": draw(name + ".shift", channels)}
        x = 2 * draw(name, 3, channels, 4, 3) + 5 * draw(name + ".offset", 1, channels, 1, 1)
        golden.layer(folder, name, "instance_norm", [channels],
                     {"channels": 0, "epsilon": epsilon, "affine": affine, "activation": activation}, [x], parameters,
                     lambda x, p: ACTIVATIONS[activation](
                         F.instance_norm(x[0], None, None, p.get("scale"), p.get("shift"), True, 0.1, epsilon)), True)

    instance_norm("instance_norm", 5, 0, 0, 1e-5)
    instance_norm("instance_norm_affine_relu", 17, 1, 1, 1e-3)


class LowerBound(torch.autograd.Function):
    """max(x, bound), whose gradient also passes below the bound where it moves x up (CompressAI)."""

    @staticmethod
    def forward(ctx, x, bound):
        ctx.save_for_backward(x, bound)
        return torch.max(x, bound)

    @staticmethod
    def backward(ctx, upstream):
        x, bound = ctx.saved_tensors
        return ((x >= bound) | (upstream < 0)) * upstream, None


def gdn(folder):
    pedestal = 2.0**-36

    def value(stored, minimum):
        bound = torch.tensor((minimum + pedestal) ** 0.5, dtype=stored.dtype)
        return LowerBound.apply(stored, bound) ** 2 - pedestal

    def case(name, channels, inverse):
        def run(x, p):
            beta, gamma = value(p["beta"], 1e-6), value(p["gamma"], 0.0)
            norm = F.conv2d(x[0].abs(), gamma[:, :, None, None], beta)
            return x[0] * norm if inverse else x[0] / norm

        # Some of what is stored lies below its bound.
        parameters = {"beta": draw(name + ".beta", channels, low=0.3, high=1.2),
                      "gamma": draw(name + ".gamma", channels, channels, low=-0.1, high=0.4)}
        parameters["beta"][0] = -0.2
        parameters["gamma"][0, :] += 0.2  # the norm of channel 0 stays well above 0
        x = draw(name, 2, channels, 3, 4)
        x[0, 1, 0, 0] = 0  # a kink of |x|
        golden.layer(folder, name, "gdn", [channels], {"channels": 0, "inverse": inverse}, [x], parameters, run)

    case("gdn", 5, 0)
    case("gdn_inverse", 18, 1)


def activations(folder):
    def case(name, run, fields=None):
        x = draw(name, 2, 5, 3, 4, scale=3)
        x[0, :4, 0, 0] = (-3, 0, 3, 6)  # the kinks
        x[1, :2, 0, 0] = (-100, 100)
        golden.layer(folder, name, name, [5], fields or {}, [x], {}, lambda x, p: run(x[0]))

    case("relu", F.relu)
    case("relu6", F.relu6)
    case("leaky_relu", lambda x: F.leaky_relu(x, float(torch.tensor(0.2, dtype=torch.float32))), {"slope": 0.2})
    case("sigmoid", torch.sigmoid)
    case("swish", F.silu)
    case("hard_swish", F.hardswish)
    case("softmax", lambda x: F.softmax(x, 1))


def pools(folder):
    def case(name, kind, fields, run, size=(6, 7), ties=False):
        x = draw(name, 2, 5, *size)
        if ties:
            x = x.round()
        golden.layer(folder, name, kind, [5], fields, [x], {}, lambda x, p: run(x[0]))

    window = lambda kernel, stride, padding: {"kernel": kernel, "stride": stride, "padding": padding}
    case("max_pool", "max_pool", window(2, 2, 0), lambda x: F.max_pool2d(x, 2))
    case("max_pool_3x3_ties", "max_pool", window(3, 2, 1), lambda x: F.max_pool2d(x, 3, 2, 1), ties=True)
    case("avg_pool", "avg_pool", {**window(3, 2, 1), "count_include_padding": 1}, lambda x: F.avg_pool2d(x, 3, 2, 1))
    case("avg_pool_map_only", "avg_pool", {**window(3, 1, 1), "count_include_padding": 0},
         lambda x: F.avg_pool2d(x, 3, 1, 1, count_include_pad=False))
    case("global_avg_pool", "global_avg_pool", {}, lambda x: F.adaptive_avg_pool2d(x, 1))
    case("upsample_nearest", "upsample", {"factor": 2, "bilinear": 0},
         lambda x: F.interpolate(x, scale_factor=2, mode="nearest"), (3, 4))
    case("upsample_bilinear_by_3", "upsample", {"factor": 3, "bilinear": 1},
         lambda x: F.interpolate(x, scale_factor=3, mode="bilinear", align_corners=False), (3, 4))


def joins(folder):
    def case(name, kind, plan, fields, shapes, run, parameters=None):
        inputs = [draw(f"{name}.{i}", *shape) for i, shape in enumerate(shapes)]
        golden.layer(folder, name, kind, plan, fields, inputs, parameters or {}, run)

    pair = [(2, 5, 3, 4)] * 2
    case("add", "add", [5], {"activation": 0}, pair, lambda x, p: x[0] + x[1])
    case("add_relu", "add", [5], {"activation": 1}, pair, lambda x, p: F.relu(x[0] + x[1]))
    case("multiply", "multiply", [5], {}, [(2, 5, 3, 4), (2, 5, 1, 1)], lambda x, p: x[0] * x[1])
    case("concat", "concat", [3, 4, 7], {"out": 2}, [(2, 3, 3, 2), (2, 4, 3, 2)], lambda x, p: torch.cat(x, 1))
    case("weighted_sum", "weighted_sum", [5, 3], {"members": 1, "first": 2.0, "ratio": 0.5}, [(2, 5, 2, 3)] * 3,
         lambda x, p: 2 * x[0] + x[1] + x[2] / 2)
    case("flatten", "flatten", [3, 12], {"out": 1}, [(2, 3, 2, 2)],
         lambda x, p: x[0].permute(0, 2, 3, 1).flatten(1)[:, :, None, None])
    case("option_a_shortcut", "option_a_shortcut", [3, 8], {"in": 0, "out": 1, "stride": 2, "centred": 0}, [(2, 3, 5, 4)],
         lambda x, p: F.pad(x[0][:, :, ::2, ::2], (0, 0, 0, 0, 0, 5)))
    case("option_a_shortcut_centred", "option_a_shortcut", [4, 8], {"in": 0, "out": 1, "stride": 2, "centred": 1},
         [(2, 4, 4, 5)], lambda x, p: F.pad(x[0][:, :, ::2, ::2], (0, 0, 0, 0, 2, 2)))

    def fake_quantize(x, p):
        low, high = p["range"][-1]
        levels = 2 ** p["range"].shape[0] - 1
        scale = (high - low) / levels
        zero = -low / scale
        position = torch.clamp(zero + x[0] / scale, 0, levels)
        # The gradient goes straight through the rounding.
        return scale * (position + (torch.round(position) - position).detach() - zero)

    case("fake_quantize", "fake_quantize", [5, 3], {"channels": 0, "bits": 1}, [(2, 5, 3, 2)], fake_quantize,
         {"range": numpy.array([[-1, 1], [-1.5, 1.25], [-0.75, 1.5]], "float32")})
    def entropy_bottleneck(x, p):
        step = p["step"][-1]
        # The gradient goes straight through the rounding.
        position = torch.clamp(x[0] / step, -8, 7)
        # The layer makes no use of the prior.
        return step * (position + (torch.round(position) - position).detach()) + 0 * p["prior"].sum()

    case("entropy_bottleneck", "entropy_bottleneck", [3, 2], {"channels": 0, "rates": 1, "bits": 4}, [(2, 3, 3, 2)],
         entropy_bottleneck, {"step": numpy.array([0.5, 0.1875], "float32"),
                              "prior": draw("entropy_bottleneck.prior", 2, 3, 58)})
    case("skeleton_layer", "skeleton_layer", [5], {"channels": 0}, [(2, 5, 3, 2)],
         lambda x, p: x[0] * p["scale"][None, :, None, None], {"scale": draw("skeleton.scale", 5)})


def write(folder):
    for group in (convolutions, linear, normalisations, gdn, activations, pools, joins):
        group(folder)
