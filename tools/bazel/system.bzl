"""The system's libraries as Bazel targets.

A repository rule, so that the folders and flags come from this machine (pkg-config where a library has a file for it)
and the same BUILD files work on every architecture. A required library that is not installed becomes a target that says
so when something needs it. A toolkit that is not installed becomes an incompatible target: `//...` passes over whatever
needs it, and who asks for that by name is told which constraint (`@system//:gtk4_is_installed`) is not met.
"""

# name -> (pkg-config module or None, flags to link with when there is no pkg-config file)
_LIBRARIES = {
    # Debian's CAF comes without a pkg-config file.
    "caf": (None, ["-lcaf_core", "-lpthread"]),
    "caf_io": (None, ["-lcaf_io", "-lcaf_core", "-lpthread"]),
    "capnp": ("capnp", []),
    "crypto": ("libcrypto", []),
    "gmock": ("gmock", []),
    "gtest": ("gtest", []),
    "spdlog": ("spdlog", []),
}

# Event loops and what goes with them: name -> (command that prints the flags, further flags to compile with)
_TOOLKITS = {
    "atspi": (["pkg-config", "--cflags", "--libs", "atspi-2"], []),
    "boost_asio": (["sh", "-c", "test -f /usr/include/boost/asio.hpp"], ["-DBOOST_ERROR_CODE_HEADER_ONLY"]),
    "gio": (["pkg-config", "--cflags", "--libs", "gio-2.0"], []),
    "glib": (["pkg-config", "--cflags", "--libs", "glib-2.0"], []),
    "gtk4": (["pkg-config", "--cflags", "--libs", "gtk4"], []),
    "qt6_charts": (["pkg-config", "--cflags", "--libs", "Qt6Charts"], ["-fPIC"]),
    "qt6_concurrent": (["pkg-config", "--cflags", "--libs", "Qt6Concurrent", "Qt6Core"], ["-fPIC"]),
    "qt6_core": (["pkg-config", "--cflags", "--libs", "Qt6Core"], ["-fPIC"]),
    "qt6_test": (["pkg-config", "--cflags", "--libs", "Qt6Test"], ["-fPIC"]),
    "qt6_widgets": (["pkg-config", "--cflags", "--libs", "Qt6Widgets"], ["-fPIC"]),
    "uv": (["pkg-config", "--cflags", "--libs", "libuv"], []),
    "wx": (["wx-config", "--cxxflags", "--libs", "core,base"], []),
    "x11": (["pkg-config", "--cflags", "--libs", "x11"], []),
    "xtst": (["pkg-config", "--cflags", "--libs", "xtst"], []),
}

def _flags(ctx, command):
    """The flags that a command prints, as words; None if it fails or there is no such command."""
    if not ctx.which(command[0]):
        return None
    result = ctx.execute(command)
    if result.return_code != 0:
        return None
    return [word for word in result.stdout.replace("\n", " ").split(" ") if word]

def _sort_flags(ctx, name, flags):
    """Returns (copts, link flags, defines, own include folders)."""
    copts, linkopts, defines, own = [], [], [], []
    for flag in flags:
        if flag.startswith("-I/usr/include/"):
            copts.append("-isystem" + flag[2:])
        elif flag.startswith("-I/usr/lib/"):
            # Bazel refuses folders outside of the compiler's own, so these become folders of the repository.
            folder = "include/%s_%d" % (name, len(own))
            ctx.symlink(flag[2:], folder)
            own.append(folder)
        elif flag.startswith("-D"):
            defines.append(flag[2:])
        elif flag.startswith("-l") or flag.startswith("-L"):
            linkopts.append(flag)
    return copts, linkopts, defines, own

def _library(name, linkopts, defines, own):
    return """
cc_library(
    name = "{name}",
    hdrs = {hdrs},
    defines = {defines},
    includes = {own},
    linkopts = {linkopts},
)
""".format(
        name = name,
        hdrs = "glob(%s)" % repr([folder + "/**/*.h" for folder in own]) if own else "[]",
        defines = repr(defines),
        own = repr(own),
        linkopts = repr(linkopts),
    )

def _system_libraries_impl(ctx):
    build = ["package(default_visibility = [\"//visibility:public\"])"]
    copts = {}
    for name, (module, linkopts) in _LIBRARIES.items():
        flags = linkopts if not module else _flags(ctx, ["pkg-config", "--cflags", "--libs", module])
        if flags == None:
            copts[name] = []
            build.append("""
genrule(
    name = "{name}",
    outs = ["{name}.missing"],
    cmd = "echo 'the library {module} is not installed: run tools/setup' >&2; exit 1",
)
""".format(name = name, module = module))
        else:
            copts[name], linkopts, defines, own = _sort_flags(ctx, name, flags)
            build.append(_library(name, linkopts, defines, own))
    for name, (command, more_copts) in _TOOLKITS.items():
        flags = _flags(ctx, command)
        if flags == None:
            copts[name] = []
            build.append("""
constraint_setting(name = "{name}_installation")

constraint_value(
    name = "{name}_is_installed",
    constraint_setting = ":{name}_installation",
)

cc_library(
    name = "{name}",
    target_compatible_with = [":{name}_is_installed"],
)
""".format(name = name))
        else:
            copts[name], linkopts, defines, own = _sort_flags(ctx, name, flags)
            copts[name] += more_copts
            build.append(_library(name, linkopts, defines, own))
    ctx.file("BUILD.bazel", "\n".join(build))
    ctx.file("copts.bzl", "\"\"\"Flags that a user of a library passes to the compiler.\"\"\"\n\nCOPTS = " + repr(copts) + "\n")

system_libraries = repository_rule(
    implementation = _system_libraries_impl,
    configure = True,
    environ = ["PATH", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR"],
    doc = "Makes @system//:NAME of the installed libraries.",
)
