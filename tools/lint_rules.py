"""The tables of tools/lint: which room may speak which words, and which room may use which.

Edit these tables when a room is added or a border file moves; the machinery is in tools/lint. A place is a pattern for
paths from the project's root, in which `*` stands for anything, slashes too.
"""

# --- Doors -----------------------------------------------------------------------------------------------------------

# The front door. Whatever it reaches through #include compiles in every user's file, so none of it may include what
# PRIVATE_INCLUDES names. The headers it includes itself are the public reference and fully documented.
FRONT_DOOR = "actors/offstage.h"

# Public headers beside the front door, for those who ask for them: documented likewise, with these freed of the rule
# on PRIVATE_INCLUDES.
OPT_IN_DOORS = [
    "actors/actor_face.h",
    "messages/capnp_value.h",
    "actors/loop/asio/asio_loop.h",
    "actors/loop/fd/fd_loop.h",
    "actors/loop/glib/glib_loop.h",
    "actors/loop/qt/qt_loop.h",
    "actors/loop/uv/uv_loop.h",
    "actors/loop/wx/wx_loop.h",
    "actors/dialog/gtk/gtk_progress_dialog.h",
    "actors/dialog/qt/qt_progress_dialog.h",
]

PRIVATE_INCLUDES = r"(caf|spdlog|capnp|kj|Qt\w+)/"

# --- Rooms -----------------------------------------------------------------------------------------------------------

# From the bottom up: a room may include itself and the rooms above it in this list, never one below.
ROOMS = [
    "messages",
    "actors/errors",
    "actors/ref",
    "actors/sync",
    "actors/log",
    "actors/loop",
    "actors/router",
    "actors/caf",
    "actors/task",
    "actors/future",
    "actors/worker",
    "actors/node",
    "actors/pool",
    "actors/context",
    "actors/executor",
    "actors/kinds",
    "actors/dialog",
    "actors/face",
    "actors",  # The doors themselves.
]

# Folders outside the ring road: they may include every room, and no room may include them.
OUTSIDE = ["examples", "tests", "tools", "docs"]

# Single exceptions: (file, what it includes), each with a reason beside it.
ROOM_EXCEPTIONS = [
]

# --- Words -----------------------------------------------------------------------------------------------------------


def _include(folders):
    return r"^\s*#\s*include\s*[<\"](?:" + folders + ")"


def _call(names):
    """A call of a C function; not a member, not a declaration, not another namespace's."""
    return r"(?<![\w.>:])(?:::)?(?:" + names + r")\s*\("


# Each: (name, words as a regular expression, places it looks at, places that may speak them, reason).
WORDS = [
    ("qt", _include(r"Q[A-Z]\w*[>/]|Qt\w*/|qt6?/"), ["*"],
     ["actors/loop/qt*", "actors/dialog/qt/*", "examples/*qt*", "tests/loop/qt*", "tests/*/qt*", "tools/benchmarks/*"],
     "Qt belongs to its own loop"),
    ("glib", _include(r"glib|gio/|gtk/|gdk/|glibmm|gtkmm"), ["*"],
     ["actors/loop/glib*", "actors/loop/gtk*", "actors/dialog/gtk/*", "examples/*g[lt][ik]*", "tests/loop/g[lt][ik]*", "tests/guide/g[lt][ik]*",
      "tests/dialog/gtk*", "tools/benchmarks/*",
      # The bus that carries the accessibility tree is spoken to with GLib.
      "tests/support/display/*"],
     "GLib and GTK belong to their own loop"),
    ("asio", _include(r"boost/asio|asio[./]"), ["*"],
     ["actors/loop/asio*", "examples/*asio*", "tests/loop/asio*", "tests/guide/asio*", "tools/benchmarks/*"],
     "Asio belongs to its own loop"),
    ("wx", _include(r"wx/"), ["*"],
     ["actors/loop/wx*", "examples/*wx*", "tests/loop/wx*", "tests/guide/wx*", "tests/support/display/wx*", "tools/benchmarks/*"],
     "wxWidgets belongs to its own loop"),
    ("uv", _include(r"uv[./]"), ["*"],
     ["actors/loop/uv*", "examples/*uv*", "tests/loop/uv*", "tests/guide/uv*", "tools/benchmarks/*"],
     "libuv belongs to its own loop"),
    ("child process",
     _call(r"v?fork|exec[lv]p?e?|f?execve|posix_spawnp?|kill|killpg|tgkill|waitpid|waitid|wait[34]|popen|clone3?")
     + r"|\bstd::system\b|\bpidfd_\w+|\bSYS_pidfd\w*",
     ["actors/*", "messages/*"],
     ["actors/node/child_process.cc", "actors/node/fork_server_main.cc"],
     "child processes are handled in actors/node/child_process.cc, and where a fork server forks"),
    ("capnp", _include(r"(?:capnp|kj)/"), ["actors/*", "messages/*", "examples/*"],
     ["messages/*", "actors/node/lane*"],
     "Cap'n Proto stays in messages/ and the lane"),
    ("capnp schema", _include(r"messages/\w+\.capnp\.h"), ["actors/*", "messages/*", "examples/*"],
     ["messages/*", "actors/node/lane*"],
     "generated schemas stay in messages/ and the lane"),
    ("caf", _include(r"caf/"), ["actors/*", "messages/*", "examples/*"],
     ["actors/caf/*", "actors/future/actor_request.*", "actors/future/future_actor.*", "actors/future/future_messages.h",
      "actors/future/subscribers.h",
      "actors/worker/*", "actors/node/*", "actors/actor_face.h", "actors/face/*", "examples/*actor_face*"],
     "CAF stays behind few files"),
    ("spdlog", _include(r"spdlog/"), ["*"],
     ["actors/log/*", "tests/log/*", "tests/actors/log/*"],
     "logs go through actors/log"),
    ("locks",
     r"\bstd::(?:\w*mutex|lock_guard|unique_lock|scoped_lock|shared_lock|condition_variable\w*|call_once|once_flag)\b"
     r"|\bpthread_(?:mutex|cond|rwlock|spin|once)\w*|" + _include(r"(?:mutex|shared_mutex|condition_variable)>"),
     ["actors/*", "messages/*"],
     ["actors/sync/*"],
     "locks are those of actors/sync, which the second compiler checks"),
    ("threads",
     r"\bstd::(?:atomic\w*|counting_semaphore|binary_semaphore|latch|barrier)\b|\bpthread_(?:barrier|create)\w*"
     r"|\bsync::(?:mutex|lock|condition)\b",
     ["actors/*", "messages/*"],
     ["actors/sync/*", "actors/face/spawn_executor.cc", "actors/future/latest_update.*", "actors/loop/*", "actors/router/inbox.*", "actors/pool/thread_assigner.*",
      "actors/pool/process_crew.*", "actors/pool/task_hearing.*", "actors/pool/worker_pool.*", "actors/task/*", "actors/context/*event*",
      "actors/context/ending.cc", "actors/context/context_users.*", "actors/worker/*", "actors/log/*", "actors/ref/ref.h", "actors/node/*"],
     "locks and atomics belong to the border files"),
    ("calling out", r"\bcalling_out\s+\w+\s*(?=[({])|optional<calling_out>",
     ["actors/*", "messages/*"],
     ["actors/loop/doorbell.cc", "actors/loop/runnable_loop.cc", "actors/router/inbox.cc", "actors/future/observers.h",
      "actors/future/subscribers.h", "actors/future/custom_future.cc", "actors/future/future_actor.cc",
      "actors/future/future_core.cc", "actors/executor/executor_core.cc"],
     "the user's code is called from home in few places"),
    ("sleeping", r"\b(?:sleep_for|sleep_until|usleep|nanosleep|clock_nanosleep)\b|" + _call("sleep"),
     ["actors/*", "messages/*", "tests/*"],
     [],
     "nothing here sleeps: wait for what you wait for"),
    ("standard", r"^\s*#\s*include\s*<(?:iostream)>", ["actors/*", "messages/*"],
     [],
     "the library writes to logs, not to streams"),
]

# --- Names and text --------------------------------------------------------------------------------------------------

# Words that say "helps somehow" where a name should say what the thing is.
FORBIDDEN_NAME_WORDS = ["helper", "helpers", "manager", "util", "utils", "handler", "handlers"]

# Each: (name, regular expression over every line of committed text, reason).
FORBIDDEN_TEXT = [
    ("machine path", r"(?<![\w.~$}/-])/(?:home|root|Users|work|workspace)/[\w.]", "a path of one machine"),
    ("reminder", r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b", "reminders go to the issue tracker"),
]

# Files whose text is not looked at: these rules themselves and their fixtures.
TEXT_EXCEPTIONS = ["tools/lint_rules.py", "tools/lint_test.py"]

# --- Snippets --------------------------------------------------------------------------------------------------------

# Pages for users, whose C++ is quoted from files that compile: before each ```cpp block stands the line
# `<!-- from PATH -->`, and its lines are in that file, one after the other, however far they are indented there.
SNIPPET_PLACES = ["README.md", "docs/guide/*.md"]

# --- Passports -------------------------------------------------------------------------------------------------------

ZONES = ["home", "away", "border", "pure", "child"]

# Where headers carry a passport.
PASSPORT_PLACES = ["actors/*.h", "messages/*.h"]

# --- Headers that compile alone --------------------------------------------------------------------------------------

# Left out of the check, with the reason beside each.
NOT_ALONE = [
    # wxWidgets has no pkg-config module that says where its headers are.
    "examples/wx_*",
]

# pkg-config modules for headers that need more than the compiler's own folders: (place, modules).
HEADER_PACKAGES = [
    ("*qt*", ["Qt6Core", "Qt6Widgets", "Qt6Charts", "Qt6Test"]),
    ("*g[lt][ik]*", ["gtk4"]),
]
