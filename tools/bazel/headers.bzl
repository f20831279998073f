"""The headers that a C++ library and all it depends on hand to their users."""

def _cc_headers_impl(ctx):
    headers = depset(transitive = [lib[CcInfo].compilation_context.headers for lib in ctx.attr.deps])
    return [DefaultInfo(files = headers, runfiles = ctx.runfiles(transitive_files = headers))]

cc_headers = rule(
    implementation = _cc_headers_impl,
    attrs = {"deps": attr.label_list(providers = [CcInfo])},
    doc = "For tests that start a compiler themselves.",
)
