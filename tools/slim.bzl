"""The two kinds of code of the house (bare and host), and kernels compiled once per instruction set."""

load("@rules_cc//cc:defs.bzl", "cc_library")

# Bare code runs on devices: no exceptions, no RTTI, no standard library containers, no heap.
_BARE_COPTS = ["-fno-exceptions", "-fno-rtti"]

def bare_library(name, copts = [], **kwargs):
    """A library for constrained devices: links without libstdc++, OpenBLAS or OpenMP."""
    cc_library(name = name, copts = _BARE_COPTS + copts, **kwargs)

# Name of the instruction set -> compiler flags. The kernel table of each is chosen at start-up (core/kernels/dispatch.cc).
ISA_COPTS = {
    "avx2": ["-mavx2", "-mfma"],
    "avx512": ["-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-mfma", "-mprefer-vector-width=512"],
}

def isa_libraries(name, srcs, **kwargs):
    """Compiles `srcs` once per instruction set, with SLIM_ISA set to its name, as targets name_avx2, name_avx512."""
    for isa, flags in ISA_COPTS.items():
        cc_library(
            name = name + "_" + isa,
            srcs = srcs,
            copts = _BARE_COPTS + flags + ["-O3", "-ffp-contract=fast"],
            local_defines = ["SLIM_ISA=" + isa],
            **kwargs
        )
