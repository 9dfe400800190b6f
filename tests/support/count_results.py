#!/usr/bin/env python3
"""Counts the test cases of one `bazel test` run and closes with the line `N passed, N failed`.

usage: count_results.py EVENTS EXIT_CODE

EVENTS is what Bazel wrote to --build_event_json_file: it lists every test target of this very run, cached or not, and
where its test.xml is. A GoogleTest case counts as one, a shell test as one. A target that did not build, crashed, ran
out of time or closed badly after its last case counts as one failed case, because none of its cases says so. One that
is not for the platform it was asked for counts as one skipped case.
"""

import json
import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree as xml


class Tally:
    def __init__(self):
        self.passed = 0
        self.failed = []  # what failed, by name
        self.skipped = []


def read_events(path):
    """Returns ({test label: it was built}, the labels that are for other platforms,
    {(label, run, shard): result of the last attempt})."""
    built, elsewhere, results = {}, set(), {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            (kind, where), = event["id"].items()
            if kind == "targetConfigured" and "testSize" in event.get("configured", {}):
                built[where["label"]] = False
            elif kind == "targetCompleted" and where["label"] in built:
                built[where["label"]] = event.get("completed", {}).get("success", False)
                if event.get("aborted", {}).get("reason") == "SKIPPED":
                    elsewhere.add(where["label"])
            elif kind == "testResult":
                results[where["label"], where.get("run"), where.get("shard")] = event["testResult"]
    return built, elsewhere, results


def count_target(label, result, tally):
    """Adds the cases of one test.xml."""
    uris = [o["uri"] for o in result.get("testActionOutput", []) if o.get("name") == "test.xml"]
    cases, failed_before = 0, len(tally.failed)
    try:
        path = urllib.request.url2pathname(urllib.parse.urlparse(uris[0]).path)
        for case in xml.parse(path).iter("testcase"):
            cases += 1
            suite = case.get("classname")
            name = f"{label} {suite}.{case.get('name')}" if suite else label
            if case.find("failure") is not None or case.find("error") is not None:
                tally.failed.append(name)
            elif case.find("skipped") is not None or case.get("status") == "notrun":
                tally.skipped.append(name)
            else:
                tally.passed += 1
    except (IndexError, OSError, xml.ParseError):
        tally.failed.append(f"{label} ({result.get('status')}, left no readable test.xml)")
        return
    if result.get("status") != "PASSED" and len(tally.failed) == failed_before:
        tally.failed.append(f"{label} ({result.get('status')} although no case failed)")
    elif cases == 0:
        tally.failed.append(f"{label} (holds no test case)")


def count(events_path, exit_code):
    tally = Tally()
    try:
        built, elsewhere, results = read_events(events_path)
    except (OSError, ValueError, KeyError) as error:
        tally.failed.append(f"bazel (its list of events cannot be read: {error})")
        return tally
    for (label, _, _), result in sorted(results.items(), key=lambda item: str(item[0])):
        count_target(label, result, tally)
    ran = {label for label, _, _ in results}
    # A target that was built and has no result was not asked for (--test_tag_filters).
    absent = [label for label in sorted(built) if label not in ran and not built[label]]
    tally.skipped += [f"{label} (not for this platform)" for label in absent if label in elsewhere]
    tally.failed += [f"{label} (did not build)" for label in absent if label not in elsewhere]
    if exit_code != 0 and not tally.failed:
        tally.failed.append(f"bazel (exit code {exit_code})")
    return tally


def main(events_path, exit_code):
    tally = count(events_path, int(exit_code))
    for name in tally.skipped:
        print(f"SKIPPED {name}")
    for name in tally.failed:
        print(f"FAILED {name}")
    line = f"{tally.passed} passed, {len(tally.failed)} failed"
    print(line + (f", {len(tally.skipped)} skipped" if tally.skipped else ""))
    return 1 if tally.failed or tally.passed == 0 else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
