"""The system's libraries as Bazel targets.

A repository rule, so that the folders and flags come from this machine (pkg-config where a library has a file for it)
and the same BUILD files work on every architecture. A library that is not installed becomes a target that says so when
something needs it; whatever does not need it still builds.
"""

# name -> (pkg-config module or None, flags to link with when there is no pkg-config file, defines)
_LIBRARIES = {
    # Debian's CAF comes without a pkg-config file.
    "caf": (None, ["-lcaf_core", "-lpthread"], []),
    "caf_io": (None, ["-lcaf_io", "-lcaf_core", "-lpthread"], []),
    "capnp": ("capnp", [], []),
    "crypto": ("libcrypto", [], []),
    "gmock": ("gmock", [], []),
    "gtest": ("gtest", [], []),
    "spdlog": ("spdlog", [], []),
    "qt6_core": ("Qt6Core", [], []),
    "qt6_concurrent": ("Qt6Concurrent", [], []),
}

def _pkg_config(ctx, module, option):
    result = ctx.execute(["pkg-config", option, module])
    if result.return_code != 0:
        return None
    return [word for word in result.stdout.strip().split(" ") if word]

def _system_libraries_impl(ctx):
    build = ["package(default_visibility = [\"//visibility:public\"])"]
    copts = {}
    for name, (module, linkopts, defines) in _LIBRARIES.items():
        missing = False
        flags = []
        if module:
            linkopts = _pkg_config(ctx, module, "--libs")
            flags = _pkg_config(ctx, module, "--cflags")
            missing = linkopts == None or flags == None
        if missing:
            build.append("""
genrule(
    name = "{name}",
    outs = ["{name}.missing"],
    cmd = "echo 'the library {module} is not installed: run tools/setup' >&2; exit 1",
)
""".format(name = name, module = module))
            copts[name] = []
            continue
        defines = defines + [flag[2:] for flag in flags if flag.startswith("-D")]

        # Bazel refuses folders outside of the compiler's own (Qt's qmake files, say); no header of ours is there.
        copts[name] = ["-isystem" + flag[2:] for flag in flags if flag.startswith("-I/usr/include/")]
        build.append("""
cc_library(
    name = "{name}",
    defines = {defines},
    linkopts = {linkopts},
)
""".format(name = name, defines = repr(defines), linkopts = repr(linkopts)))
    ctx.file("BUILD.bazel", "\n".join(build))
    ctx.file("copts.bzl", "\"\"\"Include folders that a user of a library passes to the compiler.\"\"\"\n\nCOPTS = " + repr(copts) + "\n")

system_libraries = repository_rule(
    implementation = _system_libraries_impl,
    configure = True,
    environ = ["PKG_CONFIG_PATH"],
    doc = "Makes @system//:NAME of the installed libraries.",
)
