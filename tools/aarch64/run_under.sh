#!/bin/sh
# Runs a program built for aarch64 under QEMU, with the libraries of the cross compiler. A script runs as it is and finds
# in SLIM_RUN_UNDER what it has to put before the programs that it runs.
export QEMU_LD_PREFIX=/usr/aarch64-linux-gnu
if head -c 4 "$1" | grep -q ELF; then exec qemu-aarch64 "$@"; fi
SLIM_RUN_UNDER=qemu-aarch64 exec "$@"
