// digest_tree, the program, beside sha256sum on the same files.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/examples/program.h"

namespace offstage::testing {
namespace {

using words = std::vector<std::string>;

constexpr std::uintmax_t mebibyte = 1 << 20;
constexpr std::uintmax_t endless = mebibyte << 20;

bool thorough() { return std::getenv("OFFSTAGE_LONG") != nullptr; }

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool memory_is_ours = false;
#else
constexpr bool memory_is_ours = true;
#endif

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (auto end = text.find(at); end != text.npos; end = text.find(at, begin)) {
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (begin < text.size()) parts.push_back(text.substr(begin));
  return parts;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

class DigestTreeTest : public ::testing::Test {
 protected:
  // Runs a program to its end in the tree's folder.
  struct ended {
    std::string out;
    std::string err;
    std::string screen;
    int exit_code = -1;
    int killed_by = 0;
    long memory_max_kib = 0;
  };

  ended run(const words& command, program_setup setup = {}) const {
    setup.folder = tree.path();
    program started(command, setup);
    return end(started);
  }

  static ended end(program& started) {
    EXPECT_TRUE(started.wait()) << "the program hangs";
    return {started.out(),       started.err(),
            started.screen(),    started.exit_code().value_or(-1),
            started.killed_by(), started.memory_max_kib()};
  }

  // What sha256sum prints for these files.
  std::string sha256sum(const words& files) const {
    constexpr std::size_t at_once = 5000;
    std::string lines;
    for (std::size_t begin = 0; begin < files.size(); begin += at_once) {
      words command{"sha256sum", "--"};
      const auto some = std::min(at_once, files.size() - begin);
      command.insert(command.end(), files.begin() + begin, files.begin() + begin + some);
      const auto result = run(command);
      EXPECT_EQ(result.exit_code, 0) << result.err;
      lines += result.out;
    }
    return lines;
  }

  // The regular files that find finds, sorted.
  words find(const words& paths) const {
    words command{"find", "-H"};
    command.insert(command.end(), paths.begin(), paths.end());
    for (const char* each : {"-type", "f", "-print0"}) command.push_back(each);
    auto files = split(run(command).out, '\0');
    std::sort(files.begin(), files.end());
    return files;
  }

  void expect_same_as_sha256sum(const words& paths) const {
    const auto result = run(digest_tree(paths));
    EXPECT_EQ(result.out, sha256sum(find(paths)));
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(result.exit_code, 0);
  }

  // The command that digests these.
  words digest_tree(words arguments) const {
    arguments.insert(arguments.begin(), context.begin(), context.end());
    arguments.insert(arguments.begin(), example("digest_tree"));
    return arguments;
  }

  temporary_folder tree;
  words context;
};

// What is the same wherever the work is done.
class DigestTreeInEveryContextTest : public DigestTreeTest,
                                     public ::testing::WithParamInterface<std::string> {
 protected:
  DigestTreeInEveryContextTest() { context = {"--context", GetParam()}; }

  std::vector<worker_process> workers_of(const program& started) const {
    auto found = started.workers();
    EXPECT_EQ(found.empty(), GetParam() == "threads");
    return found;
  }

  static void expect_end(const std::vector<worker_process>& workers) {
    for (const auto& each : workers) EXPECT_TRUE(each.wait()) << each.id();
  }
};

INSTANTIATE_TEST_SUITE_P(Contexts, DigestTreeInEveryContextTest,
                         ::testing::Values("threads", "processes"),
                         [](const auto& context) { return context.param; });

TEST_P(DigestTreeInEveryContextTest, PrintsWhatSha256sumPrints) {
  tree.write("a/empty", "");
  for (const std::size_t size : {1U, 55U, 56U, 64U, 4095U, 262143U, 262144U, 262145U, 3000000U}) {
    tree.write("a/b/size" + std::to_string(size), std::string(size, 'x'));
  }
  std::filesystem::create_directories(tree.path() / "a/nothing/in/here");
  ASSERT_EQ(find({"a"}).size(), 10U);
  expect_same_as_sha256sum({"a"});
  expect_same_as_sha256sum({"a/empty"});
  expect_same_as_sha256sum({"."});
  expect_same_as_sha256sum({tree.path().string()});
}

TEST_F(DigestTreeTest, PrintsNothingForAnEmptyFolder) {
  std::filesystem::create_directories(tree.path() / "empty/too");
  const auto result = run(digest_tree({"empty"}));
  EXPECT_EQ(result.out + result.err, "");
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(DigestTreeTest, SortsByTheBytesOfTheWholePath) {
  for (const char* name : {"a/z", "a.b", "a-b/x", "a0", "a!", "a/z.", "a/z!/1", "a/Z", "a/\u00e9",
                           "a/\xff", "a/\x01", "A", "aa/b/c", "aa/b.c", "aa/b-"}) {
    tree.write(std::string("t/") + name, name);
  }
  ASSERT_EQ(find({"t"}).size(), 15U);
  expect_same_as_sha256sum({"t"});
}

TEST_F(DigestTreeTest, SortsOverAllPathsTogether) {
  for (const char* name : {"b/1", "b/2", "a/1", "c", "b.c"}) tree.write(name, name);
  expect_same_as_sha256sum({"c", "b", "a", "b.c"});
}

TEST_P(DigestTreeInEveryContextTest, PrintsAFileForEachPathThatLeadsToIt) {
  for (const char* name : {"a/b/1", "a/b/c/2", "a/b.3", "a/z"}) tree.write(name, name);
  ASSERT_EQ(find({"a", "a/b", "a"}).size(), 10U);
  expect_same_as_sha256sum({"a", "a/b", "a"});
  expect_same_as_sha256sum({"a", "./a", "a/b/../b", "a/b/1", "a/b/1"});
}

TEST_F(DigestTreeTest, JoinsNamesAsFindDoes) {
  for (const char* name : {"a/b/1", "a/2"}) tree.write(name, name);
  expect_same_as_sha256sum({"a/"});
  expect_same_as_sha256sum({"a//"});
  expect_same_as_sha256sum({"./a/./b/"});
}

TEST_F(DigestTreeTest, EscapesNamesAsSha256sumDoes) {
  for (const char* name : {"new\nline", "back\\slash", "\\", "return\r", "\\n", "two  spaces", " ",
                           "tab\t", "*", "'quoted'", "\"", "\u4e2d\u6587", "\xff\xfe", "$HOME",
                           "folder\n/\\/file", "\x1b[31m", "-dash"}) {
    tree.write(std::string("t/") + name, name);
  }
  ASSERT_EQ(find({"t"}).size(), 17U);
  expect_same_as_sha256sum({"t"});
}

TEST_F(DigestTreeTest, TakesPathsThatLookLikeOptions) {
  tree.write("-dash", "1");
  tree.write("--help", "2");
  const auto result = run(digest_tree({"--", "-dash", "--help"}));
  EXPECT_EQ(result.out, sha256sum({"--help", "-dash"}));
  EXPECT_EQ(result.exit_code, 0);
}

TEST_P(DigestTreeInEveryContextTest, GivesTheSameWithAnyNumberOfWorkers) {
  for (int i = 0; i < 300; ++i) {
    tree.write("t/" + std::to_string(i % 7) + "/" + std::to_string(i), std::string(997 * i, 'y'));
  }
  const auto expected = sha256sum(find({"t"}));
  for (const words& how :
       {words{"--workers", "1"}, words{"--workers=2"}, words{"--workers", "64"}}) {
    auto arguments = how;
    arguments.push_back("t");
    const auto result = run(digest_tree(arguments));
    EXPECT_EQ(result.out, expected) << how[0];
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(result.exit_code, 0);
  }
}

TEST_F(DigestTreeTest, GoesDeep) {
  std::string name = "t";
  for (int depth = 0; depth < 400; ++depth) {
    name += "/d";
    tree.write(name + "/f", name);
  }
  expect_same_as_sha256sum({"t"});
}

TEST_F(DigestTreeTest, FollowsLinksThatAreGivenAndNoOthers) {
  tree.write("real/file", "1");
  tree.write("outside/other", "2");
  std::filesystem::create_symlink("real", tree.path() / "link");
  std::filesystem::create_symlink("real/file", tree.path() / "file_link");
  std::filesystem::create_symlink("file", tree.path() / "real/to_file");
  std::filesystem::create_symlink("../outside", tree.path() / "real/to_folder");
  std::filesystem::create_symlink("..", tree.path() / "real/up");
  std::filesystem::create_symlink("/dev/null", tree.path() / "real/to_device");
  const auto result = run(digest_tree({"link", "link/", "file_link", "real"}));
  EXPECT_EQ(result.out, sha256sum({"file_link", "link/file", "link/file", "real/file"}));
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.exit_code, 0);
}

TEST_P(DigestTreeInEveryContextTest, ReportsBrokenLinksAndDoesTheRest) {
  tree.write("t/a", "1");
  tree.write("t/z", "2");
  std::filesystem::create_symlink("nowhere", tree.path() / "t/broken");
  std::filesystem::create_symlink("loop", tree.path() / "t/loop");
  std::filesystem::create_symlink("pong", tree.path() / "t/ping");
  std::filesystem::create_symlink("ping", tree.path() / "t/pong");
  const auto result = run(digest_tree({"t", "t/broken"}));
  EXPECT_EQ(result.out, sha256sum({"t/a", "t/z"}));
  EXPECT_EQ(result.err,
            "digest_tree: t/broken: broken link (No such file or directory)\n"
            "digest_tree: t/broken: broken link (No such file or directory)\n"
            "digest_tree: t/loop: broken link (Too many levels of symbolic links)\n"
            "digest_tree: t/ping: broken link (Too many levels of symbolic links)\n"
            "digest_tree: t/pong: broken link (Too many levels of symbolic links)\n");
  EXPECT_EQ(result.exit_code, 1);
}

TEST_F(DigestTreeTest, ReportsFifosAndSocketsWithoutWaitingForThem) {
  tree.write("t/a", "1");
  tree.write("t/z", "2");
  ASSERT_EQ(::mkfifo((tree.path() / "t/fifo").c_str(), 0600), 0);
  ASSERT_EQ(::mknod((tree.path() / "t/socket").c_str(), S_IFSOCK | 0600, 0), 0);
  std::filesystem::create_symlink("t/fifo", tree.path() / "link");
  const auto result = run(digest_tree({"t", "t/fifo", "link"}));
  EXPECT_EQ(result.out, sha256sum({"t/a", "t/z"}));
  EXPECT_EQ(result.err,
            "digest_tree: link: not a regular file (a fifo)\n"
            "digest_tree: t/fifo: not a regular file (a fifo)\n"
            "digest_tree: t/fifo: not a regular file (a fifo)\n"
            "digest_tree: t/socket: not a regular file (a socket)\n");
  EXPECT_EQ(result.exit_code, 1);
}

TEST_F(DigestTreeTest, ReportsDevices) {
  tree.write("t/a", "1");
  std::string expected = "digest_tree: /dev/zero: not a regular file (a device)\n";
  // Where the test may make one, there is one in the tree, too.
  if (::mknod((tree.path() / "t/null").c_str(), S_IFCHR | 0600, 0x103) == 0) {
    expected += "digest_tree: t/null: not a regular file (a device)\n";
  }
  const auto result = run(digest_tree({"/dev/zero", "t"}));
  EXPECT_EQ(result.out, sha256sum({"t/a"}));
  EXPECT_EQ(result.err, expected);
  EXPECT_EQ(result.exit_code, 1);
}

TEST_P(DigestTreeInEveryContextTest, ReportsPathsThatAreNotThere) {
  tree.write("a", "1");
  const auto result = run(digest_tree({"a", "gone", "", "a/", "a/b", "odd\nname\x1b"}));
  EXPECT_EQ(result.out, sha256sum({"a"}));
  EXPECT_EQ(result.err,
            "digest_tree: '': No such file or directory\n"
            "digest_tree: a/: Not a directory\n"
            "digest_tree: a/b: Not a directory\n"
            "digest_tree: gone: No such file or directory\n"
            "digest_tree: odd\\nname\\033: No such file or directory\n");
  EXPECT_EQ(result.exit_code, 1);
}

TEST_P(DigestTreeInEveryContextTest, ReportsUnreadableFilesAndFolders) {
  tree.write("t/a", "1");
  tree.write("t/file", "2");
  tree.write("t/folder/in", "3");
  tree.write("t/names_only/in", "4");
  tree.write("t/z", "5");
  ASSERT_EQ(::chmod((tree.path() / "t/file").c_str(), 0), 0);
  ASSERT_EQ(::chmod((tree.path() / "t/folder").c_str(), 0), 0);
  ASSERT_EQ(::chmod((tree.path() / "t/names_only").c_str(), 0400), 0);
  auto command = digest_tree({"t"});
  if (::geteuid() == 0) {
    // Without these capabilities root is an owner like any other.
    command.insert(command.begin(), {"setpriv", "--bounding-set=-dac_override,-dac_read_search",
                                     "--inh-caps=-dac_override,-dac_read_search"});
  }
  const auto result = run(command);
  EXPECT_EQ(::chmod((tree.path() / "t/folder").c_str(), 0700), 0);
  EXPECT_EQ(::chmod((tree.path() / "t/names_only").c_str(), 0700), 0);
  EXPECT_EQ(result.out, sha256sum({"t/a", "t/z"}));
  auto problems = split(result.err, '\n');
  std::sort(problems.begin(), problems.end());
  EXPECT_EQ(problems, (words{"digest_tree: t/file: Permission denied",
                             "digest_tree: t/folder: Permission denied",
                             "digest_tree: t/names_only/in: Permission denied"}));
  EXPECT_EQ(result.exit_code, 1);
}

TEST_P(DigestTreeInEveryContextTest, ReportsWhatVanishedOrChangedSinceItWasListed) {
  // While its only worker is busy with the first file, the others have been listed, but not opened.
  tree.write_sparse("t/a", endless);
  for (const char* name : {"t/gone", "t/now_fifo", "t/now_link", "t/z"}) tree.write(name, name);
  program started(digest_tree({"--workers", "1", "t"}),
                  {.folder = tree.path(), .err = stream::terminal});
  ASSERT_TRUE(started.read_until([&] { return count(started.screen(), "MiB/s") > 0; }));
  for (const char* name : {"t/gone", "t/now_fifo", "t/now_link"}) {
    std::filesystem::remove(tree.path() / name);
  }
  ASSERT_EQ(::mkfifo((tree.path() / "t/now_fifo").c_str(), 0600), 0);
  std::filesystem::create_symlink("z", tree.path() / "t/now_link");
  EXPECT_EQ(started.out(), "");
  std::filesystem::resize_file(tree.path() / "t/a", 0);
  const auto result = end(started);
  EXPECT_EQ(split(result.out, '\n').size(), 2U);
  EXPECT_EQ(result.out.substr(result.out.find('\n') + 1), sha256sum({"t/z"}));
  EXPECT_EQ(shown_by_terminal(result.screen),
            "digest_tree: t/gone: No such file or directory\n"
            "digest_tree: t/now_fifo: not a regular file any more\n"
            "digest_tree: t/now_link: Too many levels of symbolic links\n");
  EXPECT_EQ(result.exit_code, 1);
}

TEST_F(DigestTreeTest, SaysHowItIsUsed) {
  const auto help = run(digest_tree({"--help"}));
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_EQ(help.err, "");
  EXPECT_EQ(help.out.find("Usage: digest_tree"), 0U);
}

TEST_F(DigestTreeTest, RefusesWrongOptions) {
  tree.write("a", "1");
  const std::vector<words> wrong{{},
                                 {"--workers"},
                                 {"--workers", "0", "a"},
                                 {"--workers", "-1", "a"},
                                 {"--workers", "4097", "a"},
                                 {"--workers", "99999999999999999999", "a"},
                                 {"--workers", "2x", "a"},
                                 {"--workers", " 2", "a"},
                                 {"--workers", "", "a"},
                                 {"--workers=1.5", "a"},
                                 {"--workers", "2"},
                                 {"--context", "fibres", "a"},
                                 {"--context", "", "a"},
                                 {"--context"},
                                 {"--bogus", "a"},
                                 {"-x", "a"},
                                 {"a", "-x"},
                                 {"--help=1", "a"},
                                 {"-"},
                                 {"--"}};
  for (const auto& arguments : wrong) {
    const auto result = run(digest_tree(arguments));
    const auto shown = ::testing::PrintToString(arguments);
    EXPECT_EQ(result.exit_code, 2) << shown;
    EXPECT_EQ(result.out, "") << shown;
    EXPECT_EQ(result.err.find("digest_tree: "), 0U) << shown;
    EXPECT_EQ(count(result.err, "Usage: digest_tree"), 1U) << shown;
  }
}

TEST_F(DigestTreeTest, SaysWhenTheDiskIsFull) {
  tree.write("t/a", "1");
  const auto result = run(digest_tree({"t"}), {.out = stream::full});
  EXPECT_EQ(result.err, "digest_tree: write error: No space left on device\n");
  EXPECT_EQ(result.exit_code, 1);
}

TEST_P(DigestTreeInEveryContextTest, SaysWhenThereIsNoStdout) {
  tree.write("t/a", "1");
  const auto result = run(digest_tree({"t"}), {.out = stream::closed});
  EXPECT_EQ(result.err, "digest_tree: write error: Bad file descriptor\n");
  EXPECT_EQ(result.exit_code, 1);
}

TEST_P(DigestTreeInEveryContextTest, DoesWithoutStderr) {
  tree.write("t/a", "1");
  const auto result = run(digest_tree({"t", "gone"}), {.err = stream::closed});
  EXPECT_EQ(result.out, sha256sum({"t/a"}));
  EXPECT_EQ(result.exit_code, 1);
}

TEST_P(DigestTreeInEveryContextTest, EndsQuietlyWhenNobodyReadsAnyMore) {
  tree.write("t/a", "1");
  tree.write_sparse("t/b", endless);
  tree.write_sparse("t/c", endless);
  program started(digest_tree({"t"}), {.folder = tree.path()});
  ASSERT_TRUE(started.read_until([&] { return !started.out().empty(); }));
  started.close_out();
  std::filesystem::resize_file(tree.path() / "t/b", 0);
  const auto result = end(started);
  EXPECT_EQ(result.out, sha256sum({"t/a"}));
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.exit_code, 128 + SIGPIPE);
}

TEST_F(DigestTreeTest, ShowsProgressOnATerminalAndTakesItAway) {
  struct terminal {
    unsigned short columns;
    std::string shown;
    bool bar;
  };
  const std::vector<terminal> terminals{{200, "/2 files", true},
                                        {80, "/2 files", true},
                                        {40, "/2 files", false},
                                        {12, "1/2 files", false},
                                        {6, "1/2", false}};
  for (const auto& each : terminals) {
    tree.write("t/a", "1");
    tree.write_sparse("t/b", endless);
    program started(digest_tree({"t"}),
                    {.folder = tree.path(), .err = stream::terminal, .columns = each.columns});
    EXPECT_TRUE(started.read_until([&] { return count(started.screen(), each.shown) > 0; }))
        << each.columns;
    std::filesystem::resize_file(tree.path() / "t/b", 0);
    const auto result = end(started);
    EXPECT_EQ(result.out.find(sha256sum({"t/a"})), 0U);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(count(result.screen, "[") > 0, each.bar);
    EXPECT_EQ(count(result.screen, "\n"), 0U);
    EXPECT_EQ(shown_by_terminal(result.screen), "");
    for (const auto& line : split(result.screen, '\r')) EXPECT_LT(line.size(), each.columns);
  }
}

TEST_F(DigestTreeTest, ShowsNoProgressWithoutATerminal) {
  tree.write_sparse("t/b", 64 * mebibyte);
  const auto result = run(digest_tree({"t"}));
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.exit_code, 0);
}

TEST_P(DigestTreeInEveryContextTest, KeepsLinesAndProgressApartOnOneTerminal) {
  tree.write_sparse("t/0", endless);
  for (int i = 100; i < 600; ++i) tree.write("t/" + std::to_string(i), std::string(5000, 'x'));
  program started(
      digest_tree({"t", "gone"}),
      {.folder = tree.path(), .out = stream::terminal, .err = stream::terminal, .columns = 100});
  ASSERT_TRUE(started.read_until([&] { return count(started.screen(), "/501 files") > 0; }));
  std::filesystem::resize_file(tree.path() / "t/0", 0);
  const auto result = end(started);
  const std::string problem = "digest_tree: gone: No such file or directory\n";
  const auto shown = shown_by_terminal(result.screen);
  EXPECT_EQ(shown.find(problem), 0U);
  // The digest of the first file is that of what was read of it.
  const auto name = shown.find("  t/0\n");
  ASSERT_EQ(name, problem.size() + 64);
  auto files = find({"t"});
  files.erase(files.begin());
  EXPECT_EQ(shown.substr(name + 6), sha256sum(files));
  EXPECT_EQ(result.exit_code, 1);
}

TEST_P(DigestTreeInEveryContextTest, IsCancelledByCtrlC) {
  for (int i = 100; i < 120; ++i) tree.write("t/" + std::to_string(i), std::to_string(i));
  tree.write_sparse("t/endless", endless);
  tree.write("t/z", "never reached");
  program started(digest_tree({"t"}), {.folder = tree.path(), .err = stream::terminal});
  ASSERT_TRUE(started.read_until([&] {
    return count(started.out(), "\n") == 20 && count(started.screen(), "/22 files") > 0;
  }));
  const auto workers = workers_of(started);
  started.type("\x03");
  const auto result = end(started);
  expect_end(workers);
  EXPECT_EQ(result.exit_code, 130);
  auto files = find({"t"});
  files.resize(20);
  EXPECT_EQ(result.out, sha256sum(files));
  EXPECT_EQ(count(shown_by_terminal(result.screen),
                  "digest_tree: interrupted: 2 files left out, the output is incomplete\n"),
            1U)
      << result.screen;
}

TEST_P(DigestTreeInEveryContextTest, IsCancelledBySigterm) {
  tree.write("t/a", "1");
  tree.write_sparse("t/endless", endless);
  program started(digest_tree({"t"}), {.folder = tree.path()});
  ASSERT_TRUE(started.read_until([&] { return !started.out().empty(); }));
  const auto workers = workers_of(started);
  started.send(SIGTERM);
  const auto result = end(started);
  expect_end(workers);
  EXPECT_EQ(result.exit_code, 143);
  EXPECT_EQ(result.out, sha256sum({"t/a"}));
  EXPECT_EQ(result.err, "digest_tree: terminated: 1 file left out, the output is incomplete\n");
}

TEST_P(DigestTreeInEveryContextTest, IsCancelledWhileNobodyReadsItsOutput) {
  // Many more lines than a pipe takes, and long ones.
  const std::string name(200, 'n');
  for (int i = 0; i < 1000; ++i) tree.write("t/" + name + std::to_string(1000 + i), "");
  program started(digest_tree({"t"}), {.folder = tree.path(), .err = stream::terminal});
  started.read_out(false);
  ASSERT_TRUE(started.read_until([&] { return started.unread_out() > 40'000; }));
  started.send(SIGINT);
  // It does not wait for a reader.
  ASSERT_TRUE(started.read_until([&] { return count(started.screen(), "incomplete") > 0; }));
  started.read_out(true);
  const auto result = end(started);
  EXPECT_EQ(result.exit_code, 130);
  const auto lines = sha256sum(find({"t"}));
  EXPECT_LT(result.out.size(), lines.size());
  EXPECT_EQ(result.out, lines.substr(0, result.out.size()));
  EXPECT_TRUE(result.out.empty() || result.out.back() == '\n');
  const auto left_out = 1000 - count(result.out, "\n");
  EXPECT_EQ(shown_by_terminal(result.screen),
            "digest_tree: interrupted: " + std::to_string(left_out) +
                " files left out, the output is incomplete\n");
}

TEST_P(DigestTreeInEveryContextTest, DigestsManyFilesInBoundedMemory) {
  const int files = thorough() ? 100'000 : 2'000;
  for (int i = 0; i < files; ++i) {
    tree.write("t/" + std::to_string(i / 500) + "/some_name_" + std::to_string(i),
               std::string(i % 3000, 'x'));
  }
  const auto result = run(digest_tree({"t"}));
  EXPECT_EQ(result.out, sha256sum(find({"t"})));
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.exit_code, 0);
  if (memory_is_ours) {
    EXPECT_GT(result.memory_max_kib, 0);
    EXPECT_LT(result.memory_max_kib, 40 << 10);
  }
}

TEST_F(DigestTreeTest, DigestsAFlatFolderInBoundedMemory) {
  const int files = thorough() ? 100'000 : 2'000;
  for (int i = 0; i < files; ++i) tree.write("t/a_rather_long_name_" + std::to_string(i), "");
  const auto result = run(digest_tree({"t"}));
  EXPECT_EQ(result.out, sha256sum(find({"t"})));
  EXPECT_EQ(result.exit_code, 0);
  if (memory_is_ours) {
    EXPECT_GT(result.memory_max_kib, 0);
    EXPECT_LT(result.memory_max_kib, 40 << 10);
  }
}

TEST_P(DigestTreeInEveryContextTest, DigestsLargeFilesInBoundedMemory) {
  tree.write_sparse("t/large", thorough() ? 4096 * mebibyte : 64 * mebibyte);
  tree.write_sparse("t/second", 64 * mebibyte + 1);
  tree.write("t/z", "z");
  const auto result = run(digest_tree({"t"}));
  EXPECT_EQ(result.out, sha256sum({"t/large", "t/second", "t/z"}));
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.exit_code, 0);
  if (memory_is_ours) {
    EXPECT_GT(result.memory_max_kib, 0);
    EXPECT_LT(result.memory_max_kib, 30 << 10);
  }
}

TEST_P(DigestTreeInEveryContextTest, HoldsLittleWhileALargeFileKeepsTheOthersWaiting) {
  // The large file is the first in order: everything after it has to wait for its line.
  tree.write_sparse("t/a", (thorough() ? 1024 : 64) * mebibyte);
  const int files = thorough() ? 100'000 : 2'000;
  for (int i = 0; i < files; ++i) {
    tree.write("t/b" + std::to_string(i / 500) + "/" + std::to_string(i), "x");
  }
  const auto result = run(digest_tree({"--workers", "2", "t"}));
  EXPECT_EQ(result.out, sha256sum(find({"t"})));
  EXPECT_EQ(result.exit_code, 0);
  if (memory_is_ours) {
    EXPECT_GT(result.memory_max_kib, 0);
    EXPECT_LT(result.memory_max_kib, 40 << 10);
  }
}

class DigestTreeInProcessesTest : public DigestTreeTest {
 protected:
  DigestTreeInProcessesTest() { context = {"--context", "processes"}; }

  // Kills the worker that digests this file, once it does; returns which one that was.
  pid_t kill_the_worker_at(const std::string& file, program& started) const {
    pid_t killed = 0;
    EXPECT_TRUE(started.read_until([&] {
      for (const auto& each : started.workers()) {
        if (!each.has_open(tree.path() / file)) continue;
        each.kill();
        killed = each.id();
        return true;
      }
      return false;
    })) << "no worker has opened "
        << file;
    return killed;
  }

  static std::string lost(const std::string& file, pid_t killed) {
    return "digest_tree: " + file + ": worker process " + std::to_string(killed) +
           " was killed by signal 9 (Killed), while it ran this task\n";
  }
};

TEST_F(DigestTreeInProcessesTest, LosesOnlyTheFileWhoseWorkerDies) {
  for (const char* name : {"t/a", "t/b", "t/d", "t/e"}) tree.write(name, name);
  tree.write_sparse("t/c", endless);
  program started(digest_tree({"t"}), {.folder = tree.path(), .err = stream::terminal});
  const auto killed = kill_the_worker_at("t/c", started);
  const auto result = end(started);
  EXPECT_EQ(result.out, sha256sum({"t/a", "t/b", "t/d", "t/e"}));
  EXPECT_EQ(shown_by_terminal(result.screen), lost("t/c", killed));
  EXPECT_EQ(result.exit_code, 1);
}

TEST_F(DigestTreeInProcessesTest, DigestsTheRestOfABatchInItsPlace) {
  // What was small when it was listed is in one batch, and may be large when it is opened.
  for (const char* name : {"b", "c", "d", "e", "f", "g", "h"}) {
    tree.write(std::string("t/") + name, name);
  }
  tree.write_sparse("t/a", endless);
  program started(digest_tree({"--workers", "1", "t", "gone"}),
                  {.folder = tree.path(), .err = stream::terminal});
  ASSERT_TRUE(started.read_until([&] { return count(started.screen(), "MiB/s") > 0; }));
  for (const char* name : {"t/c", "t/e", "t/h"}) {
    std::filesystem::resize_file(tree.path() / name, endless);
  }
  std::filesystem::remove(tree.path() / "t/f");
  std::filesystem::resize_file(tree.path() / "t/a", 0);
  std::string problems = "digest_tree: gone: No such file or directory\n";
  for (const char* name : {"t/c", "t/e"}) {
    problems += lost(name, kill_the_worker_at(name, started));
    EXPECT_EQ(count(started.out(), "  t/b\n"), 0U) << "the batch is not over";
  }
  problems += "digest_tree: t/f: No such file or directory\n";
  problems += lost("t/h", kill_the_worker_at("t/h", started));
  const auto result = end(started);
  // The digest of the first file is that of what was read of it.
  EXPECT_EQ(result.out.find("  t/a\n"), 64U);
  EXPECT_EQ(result.out.substr(result.out.find('\n') + 1), sha256sum({"t/b", "t/d", "t/g"}));
  EXPECT_EQ(shown_by_terminal(result.screen), problems);
  EXPECT_EQ(result.exit_code, 1);
}

TEST_F(DigestTreeInProcessesTest, LeavesNoWorkerBehindWhenItIsKilled) {
  tree.write("t/a", "1");
  tree.write_sparse("t/endless", endless);
  program started(digest_tree({"t"}), {.folder = tree.path()});
  ASSERT_TRUE(started.read_until([&] { return !started.out().empty(); }));
  const auto workers = started.workers();
  EXPECT_FALSE(workers.empty());
  started.send(SIGKILL);
  const auto result = end(started);
  EXPECT_EQ(result.killed_by, SIGKILL);
  for (const auto& each : workers) EXPECT_TRUE(each.wait()) << each.id();
}

}  // namespace
}  // namespace offstage::testing
