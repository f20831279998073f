#!/usr/bin/env python3
"""A fixture for every rule of tools/lint, which shows that the rule fires, and where it must not."""

import importlib.machinery
import importlib.util
import os
import shutil
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))


def load_lint():
    path = os.path.join(HERE, "lint")
    loader = importlib.machinery.SourceFileLoader("lint", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("lint", loader))
    loader.exec_module(module)
    return module


lint = load_lint()

PASSPORT = "// thing: a thing.\n//\n// Question: what?\n// Zone:     pure. Hears nothing.\n#pragma once\n\n"


class LintTest(unittest.TestCase):

    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)

    def tree(self, files):
        for path, text in files.items():
            whole = os.path.join(self.root, path)
            os.makedirs(os.path.dirname(whole), exist_ok=True)
            with open(whole, "w", encoding="utf-8") as file:
                file.write(text)
        return lint.Tree(self.root, files)

    def found(self, check, files):
        return [(path, line, rule) for path, line, rule, _ in check(self.tree(files))]

    def expect(self, check, rule, path, text, line=1):
        self.assertEqual(self.found(check, {path: text}), [(path, line, rule)], text)

    def expect_nothing(self, check, path, text):
        self.assertEqual(self.found(check, {path: text}), [], text)

    # --- Words

    def test_toolkits_stay_in_their_loops_folder(self):
        for rule, header, own in [("qt", "<QObject>", "actors/loop/qt/qt_loop.cc"),
                                  ("qt", "<QtCore/QObject>", "actors/loop/qt/qt_loop.cc"),
                                  ("glib", "<glib.h>", "actors/loop/glib/glib_loop.cc"),
                                  ("glib", "<gtk/gtk.h>", "actors/loop/gtk_loop.cc"),
                                  ("asio", "<boost/asio.hpp>", "actors/loop/asio/asio_loop.cc"),
                                  ("wx", "<wx/wx.h>", "actors/loop/wx/wx_loop.cc"),
                                  ("uv", "<uv.h>", "actors/loop/uv/uv_loop.cc")]:
            self.expect(lint.check_words, rule, "actors/future/a.cc", f"#include {header}\n")
            self.expect(lint.check_words, rule, "tests/pool/a.cc", f"\n# include {header}\n", 2)
            self.expect_nothing(lint.check_words, own, f"#include {header}\n")

    def test_child_processes_are_handled_in_one_file(self):
        for call in ["fork()", "::kill(child, 9)", "waitpid(child, 0, 0)", "execvp(a, b)", "posix_spawn(a)", "pidfd_open(1, 0)",
                     "syscall(SYS_pidfd_open, 1)", "if (x && kill (1, 2))", "return kill(1, 2)", "std::system(a)"]:
            self.expect(lint.check_words, "child process", "actors/pool/a.cc", f"void f() {{ {call}; }}\n")
            self.expect_nothing(lint.check_words, "actors/node/child_process.cc", f"void f() {{ {call}; }}\n")

    def test_own_functions_may_have_such_names(self):
        for line in ["worker.kill();", "worker->kill();", "void kill(int what);", "node::kill(1);", "skill(1);",
                     "// fork() is not used", 'log("waitpid(1)");']:
            self.expect_nothing(lint.check_words, "actors/pool/a.cc", line + "\n")

    def test_capnp_stays_in_messages(self):
        for rule, line in [("capnp", "#include <capnp/message.h>"), ("capnp", "#include <kj/common.h>"),
                           ("capnp schema", '#include "messages/payload.capnp.h"')]:
            self.expect(lint.check_words, rule, "actors/future/a.cc", line + "\n")
            self.expect_nothing(lint.check_words, "messages/a.cc", line + "\n")
            self.expect_nothing(lint.check_words, "actors/node/lane.cc", line + "\n")

    def test_caf_stays_behind_few_files(self):
        self.expect(lint.check_words, "caf", "actors/router/a.cc", "#include <caf/all.hpp>\n")
        self.expect_nothing(lint.check_words, "actors/future/future_actor.cc", "#include <caf/all.hpp>\n")
        self.expect_nothing(lint.check_words, "tests/future/a_test.cc", "#include <caf/all.hpp>\n")

    def test_spdlog_stays_in_the_log_room(self):
        self.expect(lint.check_words, "spdlog", "actors/pool/a.cc", "#include <spdlog/spdlog.h>\n")
        self.expect_nothing(lint.check_words, "actors/log/log.cc", "#include <spdlog/spdlog.h>\n")

    def test_locks_stay_in_border_files(self):
        for word in ["sync::mutex", "sync::lock", "sync::condition", "std::atomic<int>", "std::atomic_flag",
                     "std::counting_semaphore<1>"]:
            self.expect(lint.check_words, "threads", "actors/future/a.h", f"{word} x;\n")
            self.expect_nothing(lint.check_words, "actors/router/inbox.h", f"{word} x;\n")
            self.expect_nothing(lint.check_words, "tests/future/a_test.cc", f"{word} x;\n")

    def test_locks_are_those_that_the_second_compiler_checks(self):
        for line in ["std::mutex x;", "std::shared_mutex x;", "std::lock_guard held(x);", "std::unique_lock held(x);",
                     "std::scoped_lock held(x, y);", "std::condition_variable x;", "std::call_once(x, y);",
                     "pthread_mutex_lock(&x);", "#include <mutex>", "#include <condition_variable>"]:
            self.expect(lint.check_words, "locks", "actors/node/lane.cc", line + "\n")
            self.expect(lint.check_words, "locks", "messages/a.cc", line + "\n")
            self.expect_nothing(lint.check_words, "actors/sync/mutex.h", line + "\n")
            self.expect_nothing(lint.check_words, "tests/node/lane_test.cc", line + "\n")

    def test_the_users_code_is_called_from_few_places(self):
        for line in ["const calling_out now(bell);", "calling_out now{bell};", "std::optional<calling_out> now;"]:
            self.expect(lint.check_words, "calling out", "actors/pool/a.cc", line + "\n")
            self.expect_nothing(lint.check_words, "actors/future/future_core.cc", line + "\n")

    def test_nothing_sleeps(self):
        for call in ["std::this_thread::sleep_for(1s);", "usleep(1);", "::sleep(1);", "nanosleep(a, b);"]:
            self.expect(lint.check_words, "sleeping", "actors/pool/a.cc", call + "\n")
            self.expect(lint.check_words, "sleeping", "tests/pool/a_test.cc", call + "\n")
        self.expect_nothing(lint.check_words, "actors/pool/a.cc", "line.sleep(1);\n")

    def test_the_library_does_not_print(self):
        self.expect(lint.check_words, "standard", "actors/pool/a.cc", "#include <iostream>\n")

    def test_comments_and_literals_are_no_words(self):
        text = '// std::mutex\n/* usleep(1);\n fork(); */ auto a = "std::mutex";\nauto b = R"(fork();\n)";\nchar c = \'"\';\nint d = 1\'000;\n'
        self.expect_nothing(lint.check_words, "actors/future/a.cc", text)
        self.expect(lint.check_words, "locks", "actors/future/b.cc", text + "std::mutex m;\n", 8)

    # --- Rooms and doors

    def test_rooms_depend_one_way(self):
        files = {"actors/loop/loop.h": "", "actors/pool/pool.h": ""}
        self.assertEqual(self.found(lint.check_rooms, {**files, "actors/loop/a.cc": '\n#include "actors/pool/pool.h"\n'}),
                         [("actors/loop/a.cc", 2, "rooms")])
        self.assertEqual(self.found(lint.check_rooms, {**files, "actors/pool/a.cc": '#include "actors/loop/loop.h"\n'}), [])

    def test_messages_use_no_room(self):
        self.assertEqual(self.found(lint.check_rooms, {"actors/log/log.h": "", "messages/a.cc": '#include "actors/log/log.h"\n'}),
                         [("messages/a.cc", 1, "rooms")])

    def test_rooms_use_no_tests(self):
        self.assertEqual(self.found(lint.check_rooms, {"actors/log/a.cc": '#include "tests/support/a.h"\n'}),
                         [("actors/log/a.cc", 1, "rooms")])

    def test_a_room_must_be_in_the_table(self):
        self.expect(lint.check_rooms, "rooms", "actors/attic/a.cc", "")

    def test_a_folder_in_a_room_is_that_room(self):
        self.expect_nothing(lint.check_rooms, "actors/loop/qt/qt_loop.cc", "")

    def test_includes_start_at_the_root(self):
        self.expect(lint.check_includes, "includes", "actors/pool/a.cc", '#include "a.h"\n')
        self.assertEqual(self.found(lint.check_includes, {"messages/a.capnp": "", "messages/a.cc": '#include "messages/a.capnp.h"\n'}), [])

    def test_the_front_door_reaches_no_private_library(self):
        for header in ["<caf/actor.hpp>", "<spdlog/spdlog.h>", "<capnp/message.h>", "<kj/common.h>"]:
            files = {"actors/offstage.h": '#include "actors/pool/a.h"\n', "actors/pool/a.h": '#include "actors/pool/b.h"\n',
                     "actors/pool/b.h": f"\n#include {header}\n", "actors/pool/c.h": f"#include {header}\n"}
            self.assertEqual(self.found(lint.check_doors, files), [("actors/pool/b.h", 2, "front door")])

    # --- Names and text

    def test_names_say_what_a_thing_is(self):
        for word in ["helper", "manager", "util", "handler"]:
            self.expect(lint.check_names, "names", f"actors/pool/pool_{word}.cc", "")
            self.expect(lint.check_names, "names", "actors/pool/a.h", f"\nclass exit_{word} {{}};\n", 2)
            self.expect(lint.check_names, "names", "actors/pool/a.h", f"using Exit{word.capitalize()} = int;\n")
            self.expect(lint.check_names, "names", f"tools/{word}.py", "")
        self.expect_nothing(lint.check_names, "actors/pool/a.h", "class utility {};\nclass set_exit_handler_call;\n"[:17])

    def test_text_has_no_machine_paths_and_no_reminders(self):
        self.expect(lint.check_text, "machine path", "README.md", "See /home/" + "somebody/thing\n")
        self.expect(lint.check_text, "machine path", "tools/a", "\ncd /ro" + "ot/x\n", 2)
        for word in ["TO" + "DO", "FIX" + "ME", "X" + "XX"]:
            self.expect(lint.check_text, "reminder", "actors/a.cc", f"// {word}: later\n")
        self.expect_nothing(lint.check_text, "a.sh", "mktemp /tmp/a.XXXXXX\nls $HOME/home/x https://example.org/home/x\n"[:25])

    def test_files_end_with_a_line_end(self):
        self.expect(lint.check_text, "text", "actors/a.cc", "int a;")

    # --- Snippets

    def snippets(self, page, source="", path="docs/guide/a.md"):
        return self.found(lint.check_snippets, {path: page, "tests/guide/a_test.cc": source, "docs/b.txt": "int a;\n"})

    def test_snippets_are_quoted_from_files(self):
        source = "void f() {\n  if (a) {\n    b();\n\n  }\n  c();\n}\n"
        page = "# A\n\n<!-- from tests/guide/a_test.cc -->\n```cpp\n{}\n```\n"
        finding = [("docs/guide/a.md", 4, "snippets")]
        for quoted in ["c();", "if (a) {\n  b();\n\n}\nc();", "  if (a) {\n    b();", "void f() {\n  if (a) {", "  b();  \n"]:
            self.assertEqual(self.snippets(page.format(quoted), source), [], quoted)
        for quoted in ["d();", "if (a) {\n  b();\n}", "if (a) {\nb();", "b();\nc();", "if (a) {\n    b();", "c();\n}\n\n\n", "b", ""]:
            self.assertEqual(self.snippets(page.format(quoted), source), finding, quoted)

    def test_snippets_name_their_file(self):
        block = "```cpp\nint a;\n```\n"
        finding = [("docs/guide/a.md", 2, "snippets")]
        self.assertEqual(self.snippets("<!-- from tests/guide/a_test.cc -->\n" + block, "int a;\n"), [])
        self.assertEqual(self.snippets("\n" + block, "int a;\n"), finding)
        self.assertEqual(self.snippets(block, "int a;\n"), [("docs/guide/a.md", 1, "snippets")])
        self.assertEqual(self.snippets("<!-- from tests/guide/b_test.cc -->\n" + block, "int a;\n"), finding)
        self.assertEqual(self.snippets("<!-- from docs/b.txt -->\n" + block, "int a;\n"), finding)
        self.assertEqual(self.snippets("<!-- from tests/guide/a_test.cc -->\n```cpp\nint a;\n", "int a;\n"), finding)
        self.assertEqual(self.snippets("\n" + block, path="README.md"), [("README.md", 2, "snippets")])
        self.assertEqual(self.snippets("\n" + block, path="docs/decisions/a.md"), [])

    def test_other_blocks_are_no_snippets(self):
        self.assertEqual(self.snippets("```sh\nls\n```\n\n```\n```\n\nThe word ```cpp in a line.\n"), [])

    # --- Passports and docs

    def test_headers_carry_a_passport(self):
        self.expect_nothing(lint.check_passports, "actors/pool/a.h", PASSPORT)
        self.expect_nothing(lint.check_passports, "actors/pool/a.h", "#pragma once\n\n// a: it.\n// Zone: home.\n")
        self.expect(lint.check_passports, "passport", "actors/pool/a.h", "// a: it.\n#pragma once\n")
        self.expect(lint.check_passports, "passport", "actors/pool/a.h", "#pragma once\nint x;\n// Zone: home.\n")
        self.expect(lint.check_passports, "passport", "actors/pool/a.h", "// Zone: attic.\n#pragma once\n")
        self.expect(lint.check_passports, "passport", "actors/pool/a.h", "// Zone: home.\n")

    def docs(self, text):
        return self.found(lint.check_docs, {"actors/offstage.h": '#include "actors/pool/a.h"\n',
                                            "actors/pool/a.h": "namespace offstage {\n" + text + "}\n"})

    def test_public_declarations_have_a_comment(self):
        self.assertEqual(self.docs("void f(int a);\n"), [("actors/pool/a.h", 2, "docs")])
        self.assertEqual(self.docs("/// Does.\nvoid f(int a);\n"), [])
        self.assertEqual(self.docs("// Does.\nvoid f(int a);\n"), [("actors/pool/a.h", 2 + 1, "docs")])
        self.assertEqual(self.docs("template <class T>\n  requires(sizeof(T) > 1)\nT f(int a) { return {}; }\n"),
                         [("actors/pool/a.h", 2, "docs")])
        self.assertEqual(self.docs("template <class T>\n  requires requires(T a) {\n    { a.b() } -> c;\n  }\nT f(int a);\n"),
                         [("actors/pool/a.h", 2, "docs")])
        self.assertEqual(self.docs("template <class T>\nT f(int a)\n  requires(!b<T>)\n{\n  return 1;\n}\n\nvoid g();\n"),
                         [("actors/pool/a.h", 2, "docs"), ("actors/pool/a.h", 9, "docs")])
        self.assertEqual(self.docs("struct a {\n  int b;\n};\n"), [("actors/pool/a.h", 2, "docs")])
        self.assertEqual(self.docs("enum class a { b };\n"), [("actors/pool/a.h", 2, "docs")])
        self.assertEqual(self.docs("class a;\nusing b = int;\nnamespace detail {\nvoid f();\n}\n"), [])

    def test_public_members_have_a_comment(self):
        head = "/// A.\n/// @thread Any.\nclass a {\n"
        self.assertEqual(self.docs(head + " public:\n  void f();\n"
                                   " private:\n  void g();\n};\n"), [("actors/pool/a.h", 6, "docs")])
        self.assertEqual(self.docs(head + "  void f();\n  int x_ = 0;\n};\n"), [])
        self.assertEqual(self.docs(head + " public:\n  /// F.\n  int f() const { return 1; }\n  int f(int) { return x_; }\n\n"
                                   "  a(const a&) = delete;\n  ~a();\n  void h() override;\n private:\n  int x_{3};\n};\n"), [])

    def test_public_classes_say_their_thread(self):
        self.assertEqual(self.docs("/// A.\nclass a {\n public:\n  /// F.\n  void f();\n};\n"), [("actors/pool/a.h", 3, "docs")])
        self.assertEqual(self.docs("/// A.\nclass a {\n public:\n  /// F.\n  /// @thread Home.\n  void f();\n};\n"), [])
        self.assertEqual(self.docs("/// A.\nclass a : public b {\n public:\n  using b::b;\n};\n"), [])

    def test_other_headers_need_no_docs(self):
        self.assertEqual(self.found(lint.check_docs, {"actors/offstage.h": "", "actors/pool/a.h": "void f();\n"}), [])

    # --- BUILD files

    def test_build_files_name_their_files(self):
        private = 'package(default_visibility = ["//visibility:private"])\n'
        path = "actors/pool/BUILD.bazel"
        self.expect(lint.check_build_files, "build", path, private + 'cc_library(name = "a", srcs = glob(["*.cc"]))\n', 2)
        self.expect(lint.check_build_files, "build", path, private + 'cc_test(name = "a", copts = ["-std=c++17"])\n', 2)
        self.expect_nothing(lint.check_build_files, path, private + 'cc_library(name = "a", srcs = ["a.cc"])\n')

    def test_libraries_say_who_sees_them(self):
        path = "actors/pool/BUILD.bazel"
        self.expect(lint.check_build_files, "build", path, 'cc_library(name = "a")\n')
        self.expect_nothing(lint.check_build_files, path, 'cc_library(name = "a", visibility = ["//tests:__pkg__"])\n')
        self.expect(lint.check_build_files, "build", path, '\ncc_library(name = "a", visibility = ["//visibility:public"])\n', 2)
        self.expect(lint.check_build_files, "build", path, 'package(default_visibility = ["//visibility:public"])\ncc_library(name = "a")\n', 2)
        self.expect(lint.check_build_files, "build", path, "cc_library(\n", 1)

    # --- Headers alone

    @unittest.skipUnless(shutil.which("g++"), "needs g++")
    def test_headers_compile_alone(self):
        tree = self.tree({
            "actors/good.h": "#pragma once\n#include <vector>\ninline std::vector<int> a;\n",
            "actors/bad.h": "#pragma once\ninline std::vector<int> a;\n",
            "actors/uses_bad.h": '#pragma once\n#include "actors/bad.h"\n',
            "actors/warns.h": "#pragma once\ninline int f(int x) { return 1; }\n",
        })
        found = [(path, line) for path, line, _, _ in lint.check_headers(tree, [])]
        self.assertEqual(found, [("actors/bad.h", 2), ("actors/uses_bad.h", 1), ("actors/warns.h", 2)])


if __name__ == "__main__":
    unittest.main()
