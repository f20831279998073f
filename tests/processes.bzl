"""Tests of worker processes, run with each start method."""

def processes_test(name, srcs, deps, size = "medium", linkopts = [], **more):
    """A test that is run twice: NAME with the fork server, NAME_spawn with spawned workers.

    Its contexts are tests/support/processes.h's process_context.
    """
    native.cc_library(
        name = name + "_cases",
        testonly = True,
        srcs = srcs,
        linkopts = linkopts,
        # Within the program, where its functions are to be looked for.
        linkstatic = True,
        visibility = ["//visibility:private"],
        deps = deps + ["//tests/support:processes"],
        alwayslink = True,
    )
    for suffix, method in [("", "forkserver"), ("_spawn", "spawn")]:
        native.cc_test(
            name = name + suffix,
            size = size,
            args = ["--start_method=" + method],
            tags = ["processes"],
            deps = [
                ":" + name + "_cases",
                "//tests/support:main",
            ],
            **more
        )
