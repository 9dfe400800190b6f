"""The two kinds of code of the house (bare and host), and kernels compiled once per instruction set."""

load("@rules_cc//cc:defs.bzl", "cc_library")

# Bare code runs on devices: no exceptions, no RTTI, no standard library containers, no heap.
_BARE_COPTS = ["-fno-exceptions", "-fno-rtti"]

def bare_library(name, copts = [], **kwargs):
    """A library for constrained devices: links without libstdc++, OpenBLAS or OpenMP."""
    cc_library(name = name, copts = _BARE_COPTS + copts, **kwargs)

# `target_compatible_with` of a target that needs one of Debian's libraries (OpenSSL, OpenBLAS, zlib, nlohmann-json, …):
# --config=aarch64, which has them not, leaves out that target and all that depend on it.
NEEDS_LIBRARIES = select({
    "//tools/aarch64:cross": ["@platforms//:incompatible"],
    "//conditions:default": [],
})

# An inner loop is about two lines of the instruction cache long; where it begins at random it straddles three, which costs up to a
# sixth of its speed while the other hardware thread of the core is busy. (Not measured on NEON, so not asked for there.)
_ALIGN_LOOPS = ["-falign-loops=64"]

# CPU -> name of the instruction set -> compiler flags. The kernel table of each is chosen at start-up
# (core/kernels/dispatch.cc). A change of -m flags here is a change of the processors that the table needs there.
ISA_COPTS = {
    "x86_64": {
        "avx2": ["-mavx2", "-mfma"] + _ALIGN_LOOPS,
        "avx512": ["-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-mfma", "-mprefer-vector-width=512"] + _ALIGN_LOOPS,
    },
    "aarch64": {
        # 24 sums, 4 weights and 1 activation fit in its 32 registers, unless GCC moves all loads of activations ahead.
        "neon": ["-fno-schedule-insns", "-Wno-ignored-optimization-argument"],
    },
}

# The same for the kernels of 8-bit integers, which gain from other extensions (core/kernels/int8_dispatch.cc).
INT8_ISA_COPTS = {
    "x86_64": {
        "avx2": ["-mavx2"] + _ALIGN_LOOPS,
        "avx2_vnni": ["-mavx2", "-mavxvnni"] + _ALIGN_LOOPS,
        "avx512_vnni": ISA_COPTS["x86_64"]["avx512"] + ["-mavx512vnni"],
    },
    "aarch64": {
        "neon": ISA_COPTS["aarch64"]["neon"],
        "neon_dotprod": ISA_COPTS["aarch64"]["neon"] + ["-march=armv8.2-a+dotprod"],
    },
}

# The same for activations stored as Bf16 (core/kernels/bf16_dispatch.cc).
BF16_ISA_COPTS = {
    "x86_64": {
        "avx2_bf16": ISA_COPTS["x86_64"]["avx2"],
        "avx512_bf16": ISA_COPTS["x86_64"]["avx512"] + ["-mavx512bf16"],
    },
    "aarch64": {
        "neon_bf16": ISA_COPTS["aarch64"]["neon"],
    },
}

def isa_libraries(name, srcs, copts = [], isa_copts = ISA_COPTS, **kwargs):
    """Compiles `srcs` once per instruction set of the CPU built for, with SLIM_ISA set to its name, as one target `name`."""
    for cpu, sets in isa_copts.items():
        for isa, flags in sets.items():
            cc_library(
                name = name + "_" + isa,
                srcs = srcs,
                copts = _BARE_COPTS + flags + ["-O3", "-ffp-contract=fast"] + copts,
                local_defines = ["SLIM_ISA=" + isa],
                target_compatible_with = ["@platforms//cpu:" + cpu],
                **kwargs
            )
    libraries = {
        "@platforms//cpu:" + cpu: [":" + name + "_" + isa for isa in sets]
        for cpu, sets in isa_copts.items()
    }
    cc_library(name = name, deps = select(dict(libraries, **{"//conditions:default": []})))
