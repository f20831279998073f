// What worker processes print: whole lines, the last ones, and nobody waits.

#include "actors/node/line_relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <thread>

namespace offstage {
namespace {

std::pair<descriptor, descriptor> make_pipe(int flags_of_reader) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ::fcntl(ends[0], F_SETFL, flags_of_reader);
  return {descriptor(ends[0]), descriptor(ends[1])};
}

std::string numbered_line(int number) { return "line " + std::to_string(number) + "\n"; }

// A relay from a pipe into a file, which takes everything.
class LineRelayTest : public ::testing::Test {
 protected:
  LineRelayTest() { renew(); }

  void renew() {
    auto [from, to] = make_pipe(O_NONBLOCK);
    printer_ = std::move(to);
    relay_ = std::make_unique<line_relay>(std::move(from), output_.get());
  }

  void print(const std::string& text) {
    ASSERT_EQ(::write(printer_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  // As the output thread does: while there is something.
  void pass_on_all() {
    pollfd readable{relay_->handle(), POLLIN, 0};
    while (::poll(&readable, 1, 0) == 1) {
      if (!relay_->pass_on()) return;
    }
  }

  std::string passed_on() const {
    std::string out(static_cast<std::size_t>(::lseek(output_.get(), 0, SEEK_CUR)), '\0');
    EXPECT_EQ(::pread(output_.get(), out.data(), out.size(), 0), static_cast<ssize_t>(out.size()));
    return out;
  }

  descriptor output_{::memfd_create("output", MFD_CLOEXEC)};
  descriptor printer_;
  std::unique_ptr<line_relay> relay_;
};

TEST_F(LineRelayTest, PassesWholeLinesOnAndKeepsTheRest) {
  print("one\ntw");
  EXPECT_TRUE(relay_->pass_on());
  EXPECT_EQ(passed_on(), "one\n");
  print("o");
  EXPECT_TRUE(relay_->pass_on());
  EXPECT_EQ(passed_on(), "one\n");
  print("\nthree\n\n");
  EXPECT_TRUE(relay_->pass_on());
  EXPECT_EQ(passed_on(), "one\ntwo\nthree\n\n");
}

TEST_F(LineRelayTest, HasNothingToPassOnWhereNothingWasPrinted) {
  EXPECT_TRUE(relay_->pass_on());
  EXPECT_EQ(passed_on(), "");
  EXPECT_EQ(relay_->last_lines(10), "");
  printer_.close();
  EXPECT_FALSE(relay_->pass_on());
  EXPECT_FALSE(relay_->pass_on());
  EXPECT_EQ(passed_on(), "");
}

TEST_F(LineRelayTest, EndsTheLastLineOfWhoeverDidNot) {
  print("one\ntwo");
  printer_.close();
  pass_on_all();
  EXPECT_FALSE(relay_->pass_on());
  EXPECT_EQ(passed_on(), "one\ntwo\n");
  EXPECT_EQ(relay_->last_lines(10), "one\ntwo");
}

TEST_F(LineRelayTest, PassesALineThatDoesNotEndOnInParts) {
  std::string line;
  for (int i = 0; i < 40; ++i) {
    const std::string part(4096, static_cast<char>('a' + i % 26));
    line += part;
    print(part);
    pass_on_all();
    EXPECT_GE(passed_on().size() + 2 * 64 * 1024, line.size()) << "it keeps too much";
  }
  EXPECT_GE(passed_on().size(), 64U * 1024);
  print("\n");
  printer_.close();
  pass_on_all();
  EXPECT_EQ(passed_on(), line + "\n");
}

TEST_F(LineRelayTest, PassesAnyBytesOn) {
  const std::string bytes("\0\n\xff\x80\r\n\n", 7);
  print(bytes);
  pass_on_all();
  EXPECT_EQ(passed_on(), bytes);
}

TEST_F(LineRelayTest, KnowsTheLastLines) {
  for (int i = 0; i < 100; ++i) print(numbered_line(i));
  pass_on_all();
  EXPECT_EQ(relay_->last_lines(1), "line 99");
  EXPECT_EQ(relay_->last_lines(3), "line 97\nline 98\nline 99");
  EXPECT_EQ(relay_->last_lines(1000).substr(0, 13), "line 0\nline 1");
  print("and a half");
  EXPECT_EQ(relay_->last_lines(2), "line 99\nand a half");
}

TEST_F(LineRelayTest, KnowsTheLastLinesBeforeTheyArePassedOnAndThenPassesThemOn) {
  print("one\ntwo\n");
  printer_.close();
  EXPECT_EQ(relay_->last_lines(1), "two");
  EXPECT_EQ(passed_on(), "");
  EXPECT_FALSE(relay_->pass_on());
  EXPECT_EQ(passed_on(), "one\ntwo\n");
}

TEST_F(LineRelayTest, KeepsTheLastBytesUpToItsLimit) {
  std::string all;
  for (int i = 0; all.size() < 10 * line_relay::tail_bytes_max; ++i) {
    const auto line = numbered_line(i) + std::string(static_cast<std::size_t>(i) % 200, 'x') + "\n";
    all += line;
    print(line);
    pass_on_all();
    if (i % 50 != 0) continue;
    const auto last = relay_->last_bytes();
    ASSERT_EQ(last.size(), std::min(all.size(), line_relay::tail_bytes_max));
    ASSERT_EQ(last, all.substr(all.size() - last.size()));
    const auto lines = relay_->last_lines(1000000);
    ASSERT_EQ(lines.size(), std::min(all.size() - 1, line_relay::lines_bytes_max));
    ASSERT_EQ(lines + "\n", all.substr(all.size() - lines.size() - 1));
  }
  EXPECT_EQ(passed_on(), all);
}

TEST_F(LineRelayTest, CutsNoLetterInTwo) {
  constexpr auto most = line_relay::tail_bytes_max;
  for (const std::string letter : {"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    for (std::size_t before = 0; before <= letter.size(); ++before) {
      renew();
      // The cut lies behind so many bytes of the letter.
      const auto text = "begin" + letter + std::string(most - letter.size() + before, 'x');
      for (std::size_t at = 0; at < text.size(); at += 4096) {
        print(text.substr(at, 4096));
        pass_on_all();
      }
      const bool whole = before == 0;
      const auto last = relay_->last_bytes();
      EXPECT_EQ(last, whole ? letter + std::string(most - letter.size(), 'x')
                            : std::string(most - letter.size() + before, 'x'))
          << last.size();
    }
  }
  // Bytes that are no letter are not taken for one.
  renew();
  const std::string junk(most + 10, '\x80');
  for (std::size_t at = 0; at < junk.size(); at += 4096) {
    print(junk.substr(at, 4096));
    pass_on_all();
  }
  EXPECT_EQ(relay_->last_bytes().size(), most);
}

TEST_F(LineRelayTest, IsNotKeptByAPrinterThatNeverPauses) {
  line_relay endless(descriptor(::open("/dev/zero", O_RDONLY | O_CLOEXEC)), output_.get());
  const auto last = endless.last_lines(1);
  EXPECT_LE(last.size(), line_relay::tail_bytes_max);
  EXPECT_GE(last.size(), 1U);
}

TEST_F(LineRelayTest, TellsTheLastLinesWhileNobodyReadsTheOutput) {
  auto [reader, full] = make_pipe(O_NONBLOCK);
  const int room = ::fcntl(full.get(), F_SETPIPE_SZ, 4096);
  auto [from, printer] = make_pipe(O_NONBLOCK);
  line_relay relay(std::move(from), full.get());
  std::string all;
  while (all.size() < 3 * static_cast<std::size_t>(room)) {
    all += numbered_line(static_cast<int>(all.size()));
  }
  ASSERT_EQ(::write(printer.get(), all.data(), all.size()), static_cast<ssize_t>(all.size()));
  // The output thread is kept waiting, with the first part written.
  std::thread output([&relay] { EXPECT_TRUE(relay.pass_on()); });
  int waiting = 0;
  while (::ioctl(full.get(), FIONREAD, &waiting) == 0 && waiting < room) std::this_thread::yield();
  const std::string last = "the last one\n";
  ASSERT_EQ(::write(printer.get(), last.data(), last.size()), static_cast<ssize_t>(last.size()));
  EXPECT_EQ(relay.last_lines(1), "the last one");
  // Now somebody reads.
  std::string read;
  const auto read_some = [&, from = reader.get()] {
    pollfd readable{from, POLLIN, 0};
    ASSERT_EQ(::poll(&readable, 1, 60000), 1);
    char block[4096];
    const auto got = ::read(from, block, sizeof block);
    ASSERT_GT(got, 0);
    read.append(block, static_cast<std::size_t>(got));
  };
  while (read.size() < all.size()) read_some();
  output.join();
  EXPECT_EQ(read, all);
  EXPECT_TRUE(relay.pass_on());
  read_some();
  EXPECT_EQ(read, all + last);
}

TEST_F(LineRelayTest, GoesOnWhereNobodyListens) {
  auto [from, printer] = make_pipe(O_NONBLOCK);
  line_relay relay(std::move(from), -1);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(::write(printer.get(), "words\n", 6), 6);
    EXPECT_TRUE(relay.pass_on());
  }
  EXPECT_EQ(relay.last_lines(2), "words\nwords");
  printer.close();
  EXPECT_FALSE(relay.pass_on());
}

}  // namespace
}  // namespace offstage
