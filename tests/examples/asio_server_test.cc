// asio_server, spoken to by its clients.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "tests/contract/guard.h"
#include "tests/examples/program.h"

namespace offstage::testing {
namespace {

using contract::guard;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

// Takes minutes at least.
const std::string endless = "primes 10000000000\n";

void require(bool good, const char* what) {
  if (!good) throw std::system_error(errno, std::generic_category(), what);
}

class client {
 public:
  explicit client(unsigned short port, int buffer_bytes = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    require(socket_ >= 0, "socket");
    if (buffer_bytes > 0) {
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
      ::setsockopt(socket_, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    require(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
            "connect");
  }
  ~client() { close(); }
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  // What the server no longer takes is lost.
  void say(const std::string& text) {
    std::size_t said = 0;
    while (said < text.size()) {
      const auto some = ::send(socket_, text.data() + said, text.size() - said, MSG_NOSIGNAL);
      if (some <= 0) return;
      said += static_cast<std::size_t>(some);
    }
  }

  // How much of it the server's side takes at once.
  std::size_t say_now(const std::string& text) {
    const auto some = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return some < 0 ? 0 : static_cast<std::size_t>(some);
  }

  bool may_say(std::chrono::milliseconds limit) {
    pollfd ready{socket_, POLLOUT, 0};
    return ::poll(&ready, 1, static_cast<int>(limit.count())) == 1;
  }

  // The next line; "" at the end of the connection, "(reset)" or "(nothing)".
  std::string line() {
    for (;;) {
      const auto end = read_.find('\n');
      if (end != std::string::npos) {
        auto found = read_.substr(0, end);
        read_.erase(0, end + 1);
        return found;
      }
      pollfd ready{socket_, POLLIN, 0};
      const std::chrono::milliseconds limit = guard;
      if (::poll(&ready, 1, static_cast<int>(limit.count())) != 1) return "(nothing)";
      char block[4096];
      const auto got = ::recv(socket_, block, sizeof block, 0);
      if (got < 0) return "(reset)";
      if (got == 0) return "";
      read_.append(block, static_cast<std::size_t>(got));
    }
  }

  std::string ask(const std::string& text) {
    say(text);
    return line();
  }

  // All lines until the end of the connection.
  std::vector<std::string> rest() {
    std::vector<std::string> lines;
    for (std::string next; !(next = line()).empty();) {
      lines.push_back(next);
      if (next.front() == '(') break;
    }
    return lines;
  }

  void say_no_more() { ::shutdown(socket_, SHUT_WR); }

  // Goes as a program does that crashes with answers unread.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }

  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

 private:
  int socket_;
  std::string read_;
};

class server : public program {
 public:
  explicit server(std::vector<std::string> arguments, const program_setup& setup = {})
      : program(command(std::move(arguments)), setup) {
    read_until([&] { return out().find('\n') != std::string::npos; });
    const auto colon = out().find(':');
    if (colon != std::string::npos) {
      port = static_cast<unsigned short>(std::stoi(out().substr(colon + 1)));
    }
  }

  // What "busy" answers comes to be this; asked by a client of its own.
  bool becomes_busy_with(int requests) {
    client asking(port);
    const auto end = std::chrono::steady_clock::now() + guard;
    std::string said;
    for (int i = 1; std::chrono::steady_clock::now() < end; ++i) {
      said = asking.ask("busy\n");
      if (said == "#" + std::to_string(i) + " " + std::to_string(requests)) return true;
    }
    ADD_FAILURE() << "the last answer was " << said;
    return false;
  }

  // Ends it, with a signal, in good order.
  void expect_end(int signal) {
    const auto family = workers();
    send(signal);
    ASSERT_TRUE(wait());
    EXPECT_EQ(exit_code(), 0);
    EXPECT_EQ(err(), "");
    for (const auto& each : family) EXPECT_TRUE(each.wait());
  }

  unsigned short port = 0;

 private:
  static std::vector<std::string> command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), example("asio_server/asio_server"));
    return arguments;
  }
};

// The processor time of a process, in hundredths of a second.
long cpu_ticks(pid_t id) {
  std::ifstream stat("/proc/" + std::to_string(id) + "/stat");
  std::string text;
  std::getline(stat, text);
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return user + system;
}

class AsioServerTest : public ::testing::TestWithParam<std::string> {
 protected:
  std::vector<std::string> with(std::vector<std::string> more = {}) const {
    more.insert(more.end(), {"--context", GetParam()});
    return more;
  }
};

INSTANTIATE_TEST_SUITE_P(Contexts, AsioServerTest, ::testing::Values("threads", "processes"),
                         [](const auto& context) { return context.param; });

TEST_P(AsioServerTest, AnswersAtOnceWhileAllWorkersCompute) {
  server serving(with({"--workers", "2"}));
  client busy(serving.port);
  EXPECT_EQ(busy.ask("primes 300000000\nprimes 300000000\nprimes 300000000\nping\n"), "#4 pong");
  EXPECT_EQ(busy.ask("busy\n"), "#5 3");
  client other(serving.port);
  EXPECT_EQ(other.ask("ping\n"), "#1 pong");
  EXPECT_EQ(busy.ask("cancel\n"), "#6 3 cancelled");
  EXPECT_THAT((std::vector{busy.line(), busy.line(), busy.line()}),
              UnorderedElementsAre("#1 cancelled", "#2 cancelled", "#3 cancelled"));
  EXPECT_EQ(busy.ask("primes 1000000\n"), "#7 78498");
  serving.expect_end(SIGTERM);
}

TEST_P(AsioServerTest, SeveralClientsHaveTheirOwnAnswers) {
  server serving(with({"--workers", "2"}));
  client one(serving.port);
  client two(serving.port);
  client three(serving.port);
  one.say("primes 10\nprimes 100\n");
  two.say("primes 1000\r\n");
  three.say("primes -1\nprimes x\nprimes 10000000001\nwhat?\n\nprimes 2\n");
  EXPECT_THAT((std::vector{one.line(), one.line()}), UnorderedElementsAre("#1 4", "#2 25"));
  EXPECT_EQ(two.line(), "#1 168");
  const std::string number = "error: expected a number up to 10000000000";
  const std::string word = "error: expected ping, busy, cancel or primes NUMBER";
  EXPECT_EQ(three.line(), "#1 " + number);
  EXPECT_EQ(three.line(), "#2 " + number);
  EXPECT_EQ(three.line(), "#3 " + number);
  EXPECT_EQ(three.line(), "#4 " + word);
  EXPECT_EQ(three.line(), "#5 " + word);
  EXPECT_EQ(three.line(), "#6 0");
  EXPECT_TRUE(serving.becomes_busy_with(0));
  serving.expect_end(SIGINT);
}

TEST_P(AsioServerTest, AClientThatGoesTakesItsTasksWithIt) {
  server serving(with({"--workers", "2"}));
  client going(serving.port);
  EXPECT_EQ(going.ask(endless + endless + endless + "ping\n"), "#4 pong");
  client staying(serving.port);
  EXPECT_EQ(staying.ask("busy\n"), "#1 3");
  going.reset();
  EXPECT_TRUE(serving.becomes_busy_with(0));
  EXPECT_EQ(staying.ask("primes 10\n"), "#2 4");
  serving.expect_end(SIGTERM);
}

TEST_P(AsioServerTest, AClientThatGoesIsNoticedWhileItIsNotReadFrom) {
  server serving(with({"--workers", "2"}));
  client going(serving.port);
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += endless;
  going.say(lines);
  // The rest waits.
  EXPECT_TRUE(serving.becomes_busy_with(16));
  going.reset();
  EXPECT_TRUE(serving.becomes_busy_with(0));
  serving.expect_end(SIGTERM);
}

TEST_P(AsioServerTest, AClientThatHasGoneIsNoticedAtTheNextAnswer) {
  server serving(with({"--workers", "2"}));
  {
    // It has said everything; whether it waits for answers the server does not know.
    client gone(serving.port);
    gone.say(endless + "primes 1000\nprimes 1000\n");
  }
  EXPECT_TRUE(serving.becomes_busy_with(0));
  serving.expect_end(SIGTERM);
}

TEST_P(AsioServerTest, AClientThatHasSaidEverythingGetsItsAnswers) {
  server serving(with({"--workers", "2"}));
  client asking(serving.port);
  asking.say("primes 2000000\nprimes 1000000\nping");  // Without an end of the last line.
  asking.say_no_more();
  EXPECT_THAT(asking.rest(), UnorderedElementsAre("#1 148933", "#2 78498", "#3 pong"));
  client silent(serving.port);
  silent.say_no_more();
  EXPECT_THAT(silent.rest(), IsEmpty());
  serving.expect_end(SIGTERM);
}

TEST_P(AsioServerTest, ASignalInTheMiddleOfWorkEndsEverything) {
  for (const int signal : {SIGINT, SIGTERM}) {
    server serving(with({"--workers", "2"}));
    client waiting(serving.port);
    EXPECT_EQ(waiting.ask(endless + endless + endless + "ping\n"), "#4 pong");
    serving.expect_end(signal);
    EXPECT_THAT(waiting.rest(), IsEmpty());
  }
}

TEST_P(AsioServerTest, CtrlCEndsEverything) {
  server serving(with({"--workers", "2"}), {.err = stream::terminal});
  client waiting(serving.port);
  EXPECT_EQ(waiting.ask(endless + endless + "ping\n"), "#3 pong");
  serving.type("\3");
  ASSERT_TRUE(serving.wait());
  EXPECT_EQ(serving.exit_code(), 0);
  EXPECT_THAT(serving.workers(), IsEmpty());
}

TEST(AsioServerProcessesTest, AWorkerThatIsKilledIsSaidInOneAnswer) {
  server serving({"--context", "processes", "--workers", "1"});
  client asking(serving.port);
  EXPECT_EQ(asking.ask("primes 10\n"), "#1 4");
  const auto workers = serving.workers();
  ASSERT_EQ(workers.size(), 1U);
  const auto computed_before = cpu_ticks(workers.front().id());
  EXPECT_EQ(asking.ask(endless + "primes 1000000\nping\n"), "#4 pong");
  const auto end = std::chrono::steady_clock::now() + guard;
  while (cpu_ticks(workers.front().id()) < computed_before + 5) {
    ASSERT_LT(std::chrono::steady_clock::now(), end);
  }
  workers.front().kill();
  EXPECT_THAT(asking.line(), AllOf(StartsWith("#2 error: "), HasSubstr("signal 9")));
  EXPECT_EQ(asking.line(), "#3 78498");
  EXPECT_EQ(asking.ask("primes 100\n"), "#5 25");
  serving.send(SIGTERM);
  ASSERT_TRUE(serving.wait());
  EXPECT_EQ(serving.exit_code(), 0);
}

TEST(AsioServerLimitsTest, ALineThatIsTooLongIsRefused) {
  server serving({"--line", "16"});
  client other(serving.port);
  client talking(serving.port);
  EXPECT_EQ(talking.ask("primes 00000010\n"), "#1 4");  // 16 bytes, with its end.
  talking.say("primes 000000010\nping\n");
  EXPECT_THAT(talking.rest(), ElementsAre("error: a line of more than 16 bytes"));
  client endless_talker(serving.port);
  // It still speaks while it is refused, and hears why all the same.
  endless_talker.say(std::string(1 << 20, 'x'));
  EXPECT_THAT(endless_talker.rest(), ElementsAre("error: a line of more than 16 bytes"));
  EXPECT_EQ(other.ask("ping\n"), "#1 pong");
  serving.expect_end(SIGTERM);
}

TEST(AsioServerLimitsTest, ALineThatIsTooLongCancelsWhatIsUnderWay) {
  server serving({"--line", "20"});
  client talking(serving.port);
  talking.say(endless + std::string(100, 'x') + "\n");
  EXPECT_THAT(talking.rest(), ElementsAre("error: a line of more than 20 bytes", "#1 cancelled"));
  EXPECT_TRUE(serving.becomes_busy_with(0));
  serving.expect_end(SIGTERM);
}

TEST(AsioServerLimitsTest, TooManyConnectionsAreRefused) {
  server serving({"--connections", "2"});
  std::optional<client> one(std::in_place, serving.port);
  EXPECT_EQ(one->ask("ping\n"), "#1 pong");
  client two(serving.port);
  EXPECT_EQ(two.ask("ping\n"), "#1 pong");
  for (int i = 0; i < 10; ++i) {
    client three(serving.port);
    three.say("ping\n");
    EXPECT_THAT(three.rest(), ElementsAre("error: more than 2 connections"));
  }
  EXPECT_EQ(two.ask("ping\n"), "#2 pong");
  one.reset();
  // There is room when the server has noticed.
  std::string said;
  const auto end = std::chrono::steady_clock::now() + guard;
  while (said != "#1 pong" && std::chrono::steady_clock::now() < end) {
    said = client(serving.port).ask("ping\n");
  }
  EXPECT_EQ(said, "#1 pong");
  serving.expect_end(SIGTERM);
}

TEST(AsioServerLimitsTest, AClientThatNeverReadsBlocksNobodyAndCostsNoMemory) {
  server serving({});
  client other(serving.port);
  EXPECT_EQ(other.ask("ping\n"), "#1 pong");
  client deaf(serving.port, 4096);
  std::string pings;
  for (int i = 0; i < 10000; ++i) pings += "ping\n";
  // Sends until the server no longer takes it.
  constexpr std::size_t enough = 256 << 20;
  std::size_t said = 0;
  while (said < enough && deaf.may_say(std::chrono::milliseconds(500))) {
    said += deaf.say_now(pings);
  }
  EXPECT_LT(said, enough);
  EXPECT_EQ(other.ask("primes 100\n"), "#2 25");
  std::ifstream status("/proc/" + std::to_string(serving.id()) + "/status");
  long peak_kib = 0;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) peak_kib = std::stol(line.substr(6));
  }
  EXPECT_GT(peak_kib, 0);
  EXPECT_LT(peak_kib, 100 << 10);
  serving.expect_end(SIGTERM);
}

TEST(AsioServerOptionsTest, AnotherServersPortIsRefused) {
  server serving({});
  program second({example("asio_server/asio_server"), "--port", std::to_string(serving.port)});
  ASSERT_TRUE(second.wait());
  EXPECT_EQ(second.exit_code(), 1);
  EXPECT_EQ(second.out(), "");
  EXPECT_THAT(second.err(), AllOf(StartsWith("asio_server: "), HasSubstr("in use")));
  EXPECT_EQ(client(serving.port).ask("ping\n"), "#1 pong");
  serving.expect_end(SIGTERM);
}

TEST(AsioServerOptionsTest, WrongOptionsAreSaid) {
  for (const auto& wrong : std::vector<std::vector<std::string>>{{"--port", "65536"},
                                                                 {"--port", "-1"},
                                                                 {"--port"},
                                                                 {"--workers", "0"},
                                                                 {"--context", "fibres"},
                                                                 {"--connections", "0"},
                                                                 {"--line", "15"},
                                                                 {"--line", "16x"},
                                                                 {"--what"},
                                                                 {"1234"}}) {
    auto command = wrong;
    command.insert(command.begin(), example("asio_server/asio_server"));
    program started(command);
    ASSERT_TRUE(started.wait());
    EXPECT_EQ(started.exit_code(), 2) << wrong.front();
    EXPECT_EQ(started.out(), "");
    EXPECT_THAT(started.err(), AllOf(StartsWith("asio_server: "), HasSubstr(wrong.front())));
  }
}

TEST(AsioServerOptionsTest, HelpNamesEveryOption) {
  program started({example("asio_server/asio_server"), "--help"});
  ASSERT_TRUE(started.wait());
  EXPECT_EQ(started.exit_code(), 0);
  for (const auto* option : {"--port", "--context", "--workers", "--connections", "--line"}) {
    EXPECT_THAT(started.out(), HasSubstr(option));
  }
}

}  // namespace
}  // namespace offstage::testing
