// uv_headless, fed with paths.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "tests/examples/program.h"

namespace offstage::testing {
namespace {

using ::testing::AllOf;

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr std::uintmax_t endless_bytes = std::uintmax_t{1} << 42;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> command(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), example("uv_headless/uv_headless"));
  return arguments;
}

// What another program would write to its stdin.
class pipe_of_paths {
 public:
  explicit pipe_of_paths(const temporary_folder& folder) : path_(folder.path() / "paths") {
    if (::mkfifo(path_.c_str(), 0600) != 0) fail("mkfifo");
    // Who opens one end alone waits for the other.
    end_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
    if (end_ < 0) fail("open");
  }
  ~pipe_of_paths() { close(); }
  pipe_of_paths(const pipe_of_paths&) = delete;
  pipe_of_paths& operator=(const pipe_of_paths&) = delete;

  const std::filesystem::path& path() const { return path_; }

  void write(const std::string& text) const {
    if (::write(end_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
      fail("write");
    }
  }

  void close() {
    if (end_ >= 0) ::close(end_);
    end_ = -1;
  }

 private:
  [[noreturn]] static void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
  }

  std::filesystem::path path_;
  int end_ = -1;
};

class UvHeadlessTest : public ::testing::TestWithParam<std::string> {
 protected:
  UvHeadlessTest() {
    files.write("a", "one two\nthree\n");
    files.write("b", "");
    files.write("c d", " \t\n\none\rtwo");
  }

  std::vector<std::string> with(std::vector<std::string> more = {}) const {
    more.insert(more.end(), {"--context", GetParam(), "--progress", "3600000"});
    return command(more);
  }

  // As a shell would start it: with this as a file for its stdin.
  program_setup fed_with(const std::string& paths) const {
    files.write("paths.txt", paths);
    return {.folder = files.path(), .in = files.path() / "paths.txt"};
  }

  temporary_folder files;
};

INSTANTIATE_TEST_SUITE_P(Contexts, UvHeadlessTest, ::testing::Values("threads", "processes"),
                         [](const auto& context) { return context.param; });

TEST_P(UvHeadlessTest, CountsEachFile) {
  program counting(with(), fed_with("a\nb\n\nc d"));
  ASSERT_TRUE(counting.wait());
  EXPECT_THAT(lines_of(counting.out()), UnorderedElementsAre("2 3 14 a", "0 0 0 b", "2 2 11 c d"));
  EXPECT_EQ(counting.err(), "");
  EXPECT_EQ(counting.exit_code(), 0);
}

TEST_P(UvHeadlessTest, HasNothingToDoWithoutPaths) {
  program counting(with());
  ASSERT_TRUE(counting.wait());
  EXPECT_EQ(counting.out(), "");
  EXPECT_EQ(counting.exit_code(), 0);
}

TEST_P(UvHeadlessTest, PrintsResultsWhilePathsStillCome) {
  pipe_of_paths paths(files);
  program counting(with(), {.folder = files.path(), .in = paths.path()});
  paths.write("a\n");
  ASSERT_TRUE(counting.read_until([&] { return counting.out() == "2 3 14 a\n"; }));
  paths.write("c");
  paths.write(" d\n");
  ASSERT_TRUE(counting.read_until([&] { return counting.out() == "2 3 14 a\n2 2 11 c d\n"; }));
  paths.close();
  ASSERT_TRUE(counting.wait());
  EXPECT_EQ(counting.exit_code(), 0);
}

TEST_P(UvHeadlessTest, TakesPathsFromAKeyboard) {
  program counting(with(), {.folder = files.path(), .err = stream::terminal});
  counting.type("a\n");
  ASSERT_TRUE(counting.read_until([&] { return counting.out() == "2 3 14 a\n"; }));
  counting.type("\4");
  ASSERT_TRUE(counting.wait());
  EXPECT_EQ(counting.exit_code(), 0);
}

TEST_P(UvHeadlessTest, SaysWhichFilesCannotBeRead) {
  std::filesystem::create_directory(files.path() / "folder");
  ASSERT_EQ(::mkfifo((files.path() / "fifo").c_str(), 0600), 0);
  program counting(with(), fed_with("missing\nfolder\nfifo\na\n" + std::string(100'000, 'x')));
  ASSERT_TRUE(counting.wait());
  EXPECT_EQ(counting.out(), "2 3 14 a\n");
  EXPECT_THAT(
      lines_of(counting.err()),
      UnorderedElementsAre(
          "uv_headless: missing: No such file or directory",
          "uv_headless: folder: not a regular file", "uv_headless: fifo: not a regular file",
          AllOf(StartsWith("uv_headless: xxx"), HasSubstr("xxx: File name too long"))));
  EXPECT_EQ(counting.exit_code(), 1);
}

TEST_P(UvHeadlessTest, TellsHowFarItIs) {
  files.write_sparse("endless", endless_bytes);
  program counting(command({"--context", GetParam(), "--progress", "1", "--workers", "2"}),
                   fed_with("endless\na\n"));
  ASSERT_TRUE(counting.read_until(
      [&] { return counting.err().find("1 of 2 files, 0 MiB\n") != std::string::npos; }));
  EXPECT_EQ(counting.out(), "2 3 14 a\n");
  counting.send(SIGINT);
  ASSERT_TRUE(counting.wait());
  EXPECT_EQ(counting.exit_code(), 128 + SIGINT);
}

TEST_P(UvHeadlessTest, ASignalCancelsWhatIsUnderWay) {
  files.write_sparse("endless", endless_bytes);
  for (const int signal : {SIGINT, SIGTERM}) {
    program counting(with({"--workers", "2"}), fed_with("a\nendless\nendless\nendless\nendless\n"));
    ASSERT_TRUE(counting.read_until([&] { return counting.out() == "2 3 14 a\n"; }));
    const auto workers = counting.workers();
    counting.send(signal);
    ASSERT_TRUE(counting.wait());
    EXPECT_EQ(counting.exit_code(), 128 + signal);
    EXPECT_EQ(counting.err(), "");
    for (const auto& each : workers) EXPECT_TRUE(each.wait());
  }
}

TEST_P(UvHeadlessTest, CtrlCEndsItWhileItWaitsForTheKeyboard) {
  files.write_sparse("endless", endless_bytes);
  program counting(with({"--workers", "2"}), {.folder = files.path(), .err = stream::terminal});
  counting.type("endless\na\n");
  ASSERT_TRUE(counting.read_until([&] { return counting.out() == "2 3 14 a\n"; }));
  counting.type("\3");
  ASSERT_TRUE(counting.wait());
  EXPECT_EQ(counting.exit_code(), 128 + SIGINT);
  EXPECT_THAT(counting.workers(), IsEmpty());
}

TEST_P(UvHeadlessTest, AReaderThatIsSlowGetsEveryLine) {
  constexpr std::size_t many = 20'000;
  const std::string path = std::string(100, '/') + (files.path() / "a").string();
  std::string paths;
  for (std::size_t i = 0; i < many; ++i) paths += path + '\n';
  program counting(with({"--workers", "2"}), fed_with(paths));
  counting.read_out(false);
  // Until the pipe is as good as full.
  ASSERT_TRUE(counting.read_until([&] { return counting.unread_out() > 60'000; }));
  counting.read_out(true);
  ASSERT_TRUE(counting.wait());
  EXPECT_EQ(std::count(counting.out().begin(), counting.out().end(), '\n'), many);
  EXPECT_EQ(counting.err(), "");
  EXPECT_EQ(counting.exit_code(), 0);
}

TEST_P(UvHeadlessTest, AReaderThatIsGoneEndsIt) {
  files.write_sparse("endless", endless_bytes);
  pipe_of_paths paths(files);
  program counting(with({"--workers", "2"}), {.folder = files.path(), .in = paths.path()});
  counting.close_out();
  paths.write("endless\na\n");
  ASSERT_TRUE(counting.wait());
  EXPECT_EQ(counting.err(), "uv_headless: stdout: broken pipe\n");
  EXPECT_EQ(counting.exit_code(), 1);
}

TEST(UvHeadlessProcessesTest, AWorkerThatIsKilledCostsOneLine) {
  temporary_folder files;
  files.write("a", "one two\nthree\n");
  files.write_sparse("endless", endless_bytes);
  pipe_of_paths paths(files);
  program counting(command({"--context", "processes", "--workers", "1", "--progress", "3600000"}),
                   {.folder = files.path(), .in = paths.path()});
  paths.write("endless\na\n");
  ASSERT_TRUE(counting.read_until([&] {
    const auto workers = counting.workers();
    const auto at_it = std::find_if(workers.begin(), workers.end(), [&](const auto& each) {
      return each.has_open(files.path() / "endless");
    });
    if (at_it == workers.end()) return false;
    at_it->kill();
    return true;
  }));
  paths.close();
  ASSERT_TRUE(counting.wait());
  EXPECT_EQ(counting.out(), "2 3 14 a\n");
  EXPECT_THAT(counting.err(), AllOf(StartsWith("uv_headless: endless: "), HasSubstr("signal 9")));
  EXPECT_EQ(counting.exit_code(), 1);
}

TEST(UvHeadlessOptionsTest, WrongOptionsAreSaid) {
  for (const auto& wrong : std::vector<std::vector<std::string>>{{"--context"},
                                                                 {"--context", "fibres"},
                                                                 {"--workers", "0"},
                                                                 {"--workers", "two"},
                                                                 {"--progress", "-1"},
                                                                 {"--what"},
                                                                 {"a"}}) {
    program counting(command(wrong));
    ASSERT_TRUE(counting.wait());
    EXPECT_EQ(counting.exit_code(), 2) << wrong.front();
    EXPECT_EQ(counting.out(), "");
    EXPECT_THAT(counting.err(), AllOf(StartsWith("uv_headless: "), HasSubstr(wrong.front())));
  }
}

TEST(UvHeadlessOptionsTest, HelpNamesEveryOption) {
  program counting(command({"--help"}));
  ASSERT_TRUE(counting.wait());
  EXPECT_EQ(counting.exit_code(), 0);
  for (const auto* option : {"--context", "--workers", "--progress"}) {
    EXPECT_THAT(counting.out(), HasSubstr(option));
  }
}

}  // namespace
}  // namespace offstage::testing
