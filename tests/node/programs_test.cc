// Programs of several forms that use worker processes, and what is left of them.

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/examples/program.h"

namespace offstage::testing {
namespace {

std::string program_path(const std::string& name) {
  return std::filesystem::absolute("tests/node/programs/" + name);
}

// True once the process is gone, or has ended and only waits for whoever reaps it.
bool has_ended(int process) {
  std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  if (!std::getline(stat, text)) return true;
  const auto after_name = text.rfind(')');
  return after_name != text.npos && text.size() > after_name + 2 && text[after_name + 2] == 'Z';
}

// The processes that this one has started, those that they have started, and so on.
std::vector<int> family_of(int process) {
  std::multimap<int, int> children;
  for (const auto& each : std::filesystem::directory_iterator("/proc")) {
    const auto name = each.path().filename().string();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    std::ifstream stat(each.path() / "stat");
    std::string text;
    if (!std::getline(stat, text)) continue;
    std::istringstream rest(text.substr(text.rfind(')') + 2));
    char state = 0;
    int parent = 0;
    rest >> state >> parent;
    children.emplace(parent, std::stoi(name));
  }
  std::vector<int> out;
  std::vector<int> open{process};
  while (!open.empty()) {
    const auto [begin, end] = children.equal_range(open.back());
    open.pop_back();
    for (auto each = begin; each != end; ++each) {
      out.push_back(each->second);
      open.push_back(each->second);
    }
  }
  return out;
}

class ProgramsTest : public ::testing::TestWithParam<std::string> {};

TEST_P(ProgramsTest, FindsItsFunctionsInItsWorkers) {
  program started({program_path(GetParam())});
  ASSERT_TRUE(started.wait());
  EXPECT_EQ(started.out(), "1\n4\n9\n");
  EXPECT_EQ(started.err(), "");
  EXPECT_EQ(started.exit_code(), 0);
}

INSTANTIATE_TEST_SUITE_P(Forms, ProgramsTest,
                         ::testing::Values("squares", "squares_no_pie", "squares_static_libstdcxx"),
                         [](const auto& form) { return form.param; });

TEST(ProgramFileTest, MayBeDeletedWhileTheProgramRuns) {
  const temporary_folder folder;
  const auto copy = folder.path() / "renamed";
  std::filesystem::copy_file(program_path("squares"), copy);
  program started({copy, "delete"});
  ASSERT_TRUE(started.wait());
  EXPECT_FALSE(std::filesystem::exists(copy));
  EXPECT_EQ(started.out(), "1\n4\n9\n") << started.err();
  EXPECT_EQ(started.exit_code(), 0);
}

TEST(ClosedStreamsTest, DoNotDisturbTheLanes) {
  program started({program_path("squares")}, {.out = stream::closed, .err = stream::closed});
  ASSERT_TRUE(started.wait());
  EXPECT_EQ(started.exit_code(), 0);
}

TEST(WithoutEntryTest, IsToldBeforeAnythingIsStarted) {
  program started({program_path("without_entry")});
  ASSERT_TRUE(started.wait());
  EXPECT_EQ(started.exit_code(), 3);
  EXPECT_NE(started.out().find("worker_entry(argc, argv)"), std::string::npos);
}

// Starts a program with variables.
std::vector<std::string> with_variables(std::vector<std::string> variables,
                                        const std::vector<std::string>& command) {
  variables.insert(variables.begin(), "env");
  variables.insert(variables.end(), command.begin(), command.end());
  return variables;
}

class OwnExecutableTest : public ::testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Methods, OwnExecutableTest, ::testing::Values("spawn", "forkserver"),
                         [](const auto& method) { return method.param; });

TEST_P(OwnExecutableTest, StartsNothingWhereItIsAWorkerItself) {
  // Few processes inside each other, should that be wrong.
  program started(
      with_variables({"OFFSTAGE_DEPTH=6"}, {program_path("own_executable"), GetParam()}));
  ASSERT_TRUE(started.wait());
  const auto found = started.out().find(
      "exited with code 3; its last words: multiprocessing_context: expected "
      "`offstage::worker_entry(argc, argv)` as the first statement of `main`, found that it was "
      "not called in a program that was started as a worker process");
  EXPECT_NE(found, std::string::npos) << started.out();
  EXPECT_EQ(started.exit_code(), 0) << started.err();
}

TEST(IdleExecutableTest, IsToldThatItsForkServerSaysNothing) {
  program started({program_path("own_executable"), "forkserver", "idle"});
  ASSERT_TRUE(started.wait());
  EXPECT_NE(started.out().find("said nothing in 10 seconds; does its `main` call "
                               "offstage::worker_entry first?"),
            std::string::npos)
      << started.out();
  EXPECT_EQ(started.exit_code(), 0) << started.err();
}

// A program of root's, started by somebody else, who may read no other folder of ours.
class SetUserIdTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
    std::filesystem::copy_file(program_path("privileges"), copy_);
    std::filesystem::permissions(folder_, std::filesystem::perms(0755));
    ASSERT_EQ(::chmod(copy_.c_str(), 04755), 0);
    program started(by_somebody_else({}));
    ASSERT_TRUE(started.wait());
    if (!started.out().starts_with("privileges\n")) {
      GTEST_SKIP() << "files give no privileges here: " << started.out() << started.err();
    }
    usual_ = started.out();
  }
  ~SetUserIdTest() override { std::filesystem::remove_all(folder_); }

  std::vector<std::string> by_somebody_else(std::vector<std::string> variables) const {
    return with_variables(std::move(variables),
                          {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy_});
  }

  std::string usual_;

 private:
  static std::string new_folder() {
    char out[] = "/tmp/offstage_test.XXXXXX";
    return ::mkdtemp(out) != nullptr ? out : "";
  }

  const std::filesystem::path folder_ = new_folder();
  const std::filesystem::path copy_ = folder_ / "privileges";
};

TEST_F(SetUserIdTest, IsNoWorkerWhateverItsEnvironmentSays) {
  for (const auto* mark : {"OFFSTAGE_NODE=1", "OFFSTAGE_NODE=server"}) {
    program started(by_somebody_else({mark}));
    ASSERT_TRUE(started.wait());
    EXPECT_EQ(started.out(), "");
    EXPECT_EQ(started.err(),
              "offstage: a program with the privileges of its file is no worker process\n");
    EXPECT_EQ(started.exit_code(), 1);
  }
}

TEST_F(SetUserIdTest, HasNoWorkers) {
  EXPECT_NE(usual_.find("multiprocessing_context: expected a program with the privileges of its "
                        "user, found one with those of its file"),
            std::string::npos)
      << usual_;
}

TEST(EarlyThreadTest, HasItsWorkersSpawnedUnlessTheProgramInsists) {
  program usual({program_path("early_thread")});
  ASSERT_TRUE(usual.wait());
  EXPECT_EQ(
      usual.out(),
      "worker process: cannot be forked from a process with threads: before `worker_entry` is "
      "called there are 2 threads already; workers are spawned instead\nspawn\n9\n");
  EXPECT_EQ(usual.exit_code(), 0);
  program insisting({program_path("early_thread"), "forkserver"});
  ASSERT_TRUE(insisting.wait());
  EXPECT_EQ(insisting.out(),
            "forkserver\nworker process: cannot be forked from a process with threads: before "
            "`worker_entry` is called there are 2 threads already\n");
}

// Behaviour 47.
TEST(LongCommandLineTest, DoesNotDisturbTheStartOfWorkers) {
  std::vector<std::string> command{program_path("squares")};
  for (int i = 0; i < 15; ++i) command.emplace_back(100000, 'x');
  program started(command);
  ASSERT_TRUE(started.wait());
  EXPECT_EQ(started.exit_code(), 0) << started.err();
}

class FamilyTest : public ::testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Methods, FamilyTest, ::testing::Values("spawn", "forkserver"),
                         [](const auto& method) { return method.param; });

TEST_P(FamilyTest, IsGoneWhenTheParentIsKilled) {
  program started({program_path("family"), GetParam()});
  ASSERT_TRUE(started.read_until([&] { return started.out() == "ready\n"; })) << started.err();
  // Some run something, and some are idle and may just be on their way.
  // Five workers and perhaps a fork server; one worker has the same with one worker.
  const auto processes = GetParam() == "spawn" ? 7U : 8U;
  auto workers = family_of(started.id());
  while (workers.size() < processes) {
    std::this_thread::yield();
    workers = family_of(started.id());
  }
  EXPECT_EQ(workers.size(), processes);
  started.send(SIGKILL);
  const auto killed = std::chrono::steady_clock::now();
  while (!std::all_of(workers.begin(), workers.end(), has_ended)) {
    ASSERT_LT(std::chrono::steady_clock::now() - killed, std::chrono::minutes(1));
    std::this_thread::yield();
  }
  started.wait();
  EXPECT_EQ(started.killed_by(), SIGKILL);
}

TEST(BusyForkServerTest, IsGoneWhenTheParentIsKilled) {
  program started({program_path("family"), "preload"});
  const auto begun = std::chrono::steady_clock::now();
  std::vector<int> server;
  // It has begun to preload when it has used some time.
  const auto ticks_of = [](int process) {
    std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
    std::string text;
    std::getline(stat, text);
    std::istringstream rest(text.substr(text.rfind(')') + 2));
    std::vector<std::string> all{std::istream_iterator<std::string>(rest), {}};
    return all.size() > 11 ? std::stol(all[11]) : 0;
  };
  while (server.empty() || ticks_of(server[0]) < 10) {
    ASSERT_LT(std::chrono::steady_clock::now() - begun, std::chrono::minutes(1));
    std::this_thread::yield();
    server = family_of(started.id());
  }
  started.send(SIGKILL);
  while (!has_ended(server[0])) {
    ASSERT_LT(std::chrono::steady_clock::now() - begun, std::chrono::minutes(1));
    std::this_thread::yield();
  }
  started.wait();
}

// The sockets of all processes that have a name.
std::set<std::string> named_sockets() {
  std::set<std::string> out;
  std::ifstream list("/proc/net/unix");
  for (std::string line; std::getline(list, line);) {
    std::istringstream words(line);
    std::vector<std::string> all{std::istream_iterator<std::string>(words), {}};
    if (all.size() > 7) out.insert("socket:[" + all[6] + "]");
  }
  return out;
}

TEST_P(FamilyTest, HasNothingWithANameInTheFileSystem) {
  program started({program_path("family"), GetParam()});
  ASSERT_TRUE(started.read_until([&] { return started.out() == "ready\n"; })) << started.err();
  const auto names = named_sockets();
  int seen = 0;
  for (const int process : family_of(started.id())) {
    std::error_code gone;
    const auto folder = "/proc/" + std::to_string(process) + "/fd";
    for (const auto& each : std::filesystem::directory_iterator(folder, gone)) {
      const auto target = std::filesystem::read_symlink(each.path(), gone).string();
      if (gone) continue;
      ++seen;
      const bool nameless = target == "/dev/null" || target.starts_with("pipe:") ||
                            target.starts_with("anon_inode:") || target.starts_with("/memfd:") ||
                            (target.starts_with("socket:") && !names.contains(target));
      EXPECT_TRUE(nameless) << process << " has " << target;
    }
    std::ifstream maps("/proc/" + std::to_string(process) + "/maps");
    for (std::string line; std::getline(maps, line);) {
      EXPECT_EQ(line.find("/dev/shm"), line.npos) << line;
    }
  }
  EXPECT_GT(seen, 20);
}

TEST_P(FamilyTest, PrintsWholeLines) {
  program started({program_path("family"), GetParam(), "print"});
  ASSERT_TRUE(started.wait());
  std::istringstream out(started.out());
  int lines = 0;
  for (std::string line; std::getline(out, line); ++lines) {
    ASSERT_EQ(line, "a line of one worker, and of no other one");
  }
  EXPECT_EQ(lines, 10000);
  EXPECT_EQ(started.exit_code(), 0);
}

TEST_P(FamilyTest, MixesNoLinesWithRecords) {
  program started({program_path("family"), GetParam(), "log"});
  ASSERT_TRUE(started.wait());
  std::istringstream err(started.err());
  const std::regex record(R"(\[[-0-9:. ]+\] \[application\] \[warning\] )"
                          R"(\[process (\d+), task (\d+)\] a record of one worker)");
  int lines = 0;
  std::map<std::string, int> records;
  for (std::string line; std::getline(err, line);) {
    std::smatch parts;
    if (std::regex_match(line, parts, record)) {
      ++records[parts[2]];
    } else {
      ASSERT_EQ(line, "a line of one worker, and of no other one");
      ++lines;
    }
  }
  EXPECT_EQ(lines, 1500);
  EXPECT_EQ(records.size(), 5U);
  for (const auto& [task, count] : records) EXPECT_EQ(count, 300) << task;
  EXPECT_EQ(started.exit_code(), 0);
}

TEST_P(FamilyTest, EndsAlthoughNobodyReadsWhatItsWorkersPrint) {
  program started({program_path("family"), GetParam(), "print", "leave"});
  const auto begun = std::chrono::steady_clock::now();
  while (!has_ended(started.id())) {
    ASSERT_LT(std::chrono::steady_clock::now() - begun, std::chrono::minutes(1));
    std::this_thread::yield();
  }
  ASSERT_TRUE(started.wait());
  EXPECT_EQ(started.exit_code(), 0);
}

TEST_P(FamilyTest, LeavesCtrlCToTheParent) {
  program started({program_path("family"), GetParam()}, {.err = stream::terminal});
  ASSERT_TRUE(started.read_until([&] { return started.out() == "ready\n"; }));
  const auto workers = family_of(started.id());
  started.type("\x03");
  ASSERT_TRUE(started.wait());
  // The parent took the signal, and the workers went with it, without a word.
  EXPECT_EQ(started.killed_by(), SIGINT);
  while (!std::all_of(workers.begin(), workers.end(), has_ended)) std::this_thread::yield();
}

}  // namespace
}  // namespace offstage::testing
