"""Tests that start programs with windows and look at them."""

def window_test(name, srcs, programs, deps = [], data = [], tags = [], size = "medium", **more):
    """A GoogleTest test with a desktop of its own, its main function included.

    Args:
      name: the test's name.
      srcs: its sources.
      programs: the programs it starts, found by their path from the project's root. Where the toolkit of
        one is not installed, `//...` passes over the test.
      deps: further libraries.
      data: further files.
      tags: further tags.
      size: as for any test.
      **more: passed on to cc_test.
    """
    native.cc_test(
        name = name,
        size = size,
        srcs = srcs,
        data = data + programs + ["//tests/support/display:keeper"],
        # The program, its workers and the X server all compute.
        tags = tags + ["cpu:2"],
        deps = deps + [
            "//tests/support/display",
            "//tests/support/display:main",
            "@system//:gmock",
            "@system//:gtest",
        ],
        **more
    )
