"""Stand-ins for what Bazel 4.x would download, so that Debian's bazel-bootstrap builds with no network."""

def offline_repositories():
    # Debian's bazel-bootstrap 4.2.3 reports no version; other releases bring their own rules.
    if native.bazel_version and not native.bazel_version.startswith("4."):
        return
    native.local_repository(name = "rules_cc", path = "tools/third_party/rules_cc")
    native.local_repository(name = "remote_coverage_tools", path = "tools/third_party/remote_coverage_tools")
    native.local_repository(name = "rules_java", path = "/usr/share/bazel/rules/java")
    native.local_repository(name = "rules_proto", path = "/usr/share/bazel/rules/proto")
    native.local_repository(name = "platforms", path = "/usr/share/bazel/tools/platforms")
