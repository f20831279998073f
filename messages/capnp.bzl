"""A Cap'n Proto schema as a C++ library."""

def cc_capnp_library(name, src, deps = [], imports = [], visibility = None):
    """Compiles one schema with the system's `capnp` and wraps the generated code.

    Args:
      name: the library's name.
      src: the schema, a `.capnp` file of this package.
      deps: libraries of the schemas that this one imports.
      imports: those schemas' files, so that the compiler can read them.
      visibility: who may use the library.
    """
    header = src + ".h"
    source = src + ".c++"
    native.genrule(
        name = name + "_generated",
        srcs = [src] + imports,
        outs = [header, source],
        cmd = "capnp compile -I. -oc++:$(GENDIR) $(location %s)" % src,
        message = "Compiling the schema",
    )
    native.cc_library(
        name = name,
        srcs = [source],
        hdrs = [header],
        # The generated code is not ours to polish.
        copts = ["-w"],
        visibility = visibility,
        deps = deps + ["@system//:capnp"],
    )
