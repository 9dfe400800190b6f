"""Timing as tools/bench/timing.h does it, and the JSON line."""
import json
import statistics
import time


def time_of(seconds, work, warm_up=3, least=9):
    for _ in range(warm_up):
        work()
    times, end, cpu_start = [], time.perf_counter() + seconds, time.process_time()
    while len(times) < least or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return {"ms": statistics.median(times) * 1e3, "best_ms": min(times) * 1e3, "runs": len(times),
            "cpu_ms": (time.process_time() - cpu_start) * 1e3 / len(times)}


def emit(peer, bench, case, images, threads, timing, **more):
    print(json.dumps(dict({"peer": peer, "bench": bench, "case": case, "images": images, "threads": threads},
                          **timing, **more)), flush=True)
