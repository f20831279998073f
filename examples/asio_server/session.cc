#include "examples/asio_server/session.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <chrono>
#include <istream>
#include <string_view>
#include <utility>

#include "examples/asio_server/prime_count.h"

namespace asio_server {
namespace {

constexpr long below_max = 10'000'000'000;

using boost::system::error_code;

}  // namespace

session::session(boost::asio::ip::tcp::socket socket, offstage::executor& executor,
                 const limits& allowed, std::function<void(session*)> ended)
    : socket_(std::move(socket)),
      patience_(socket_.get_executor()),
      executor_(executor),
      allowed_(allowed),
      ended_(std::move(ended)),
      read_(allowed.line_bytes) {}

void session::start() {
  notice_reset();
  read_line();
}

void session::refuse(const std::string& why) {
  closes_ = true;
  answer("error: " + why);
  const auto futures = under_way_;
  for (const auto& each : futures) each.second.cancel();
}

void session::close() {
  if (std::exchange(closed_, true)) return;
  const auto self = shared_from_this();
  error_code ignored;
  socket_.close(ignored);
  patience_.cancel();
  // Their observers look for them in the map, so it is emptied first.
  for (auto& [number, future] : std::exchange(under_way_, {})) future.cancel();
  ended_(this);
}

bool session::may_read() const {
  return !closes_ && !closed_ && under_way_.size() + answers_.size() < allowed_.requests_at_once;
}

void session::read_line() {
  if (reading_ || !may_read()) return;
  reading_ = true;
  boost::asio::async_read_until(
      socket_, read_, '\n', [self = shared_from_this()](const error_code& error, std::size_t) {
        self->reading_ = false;
        if (self->closed_) return;
        if (error == boost::asio::error::not_found) {
          self->refuse("a line of more than " + std::to_string(self->allowed_.line_bytes) +
                       " bytes");
        } else if (error == boost::asio::error::eof) {
          // The client has said everything, and may be waiting for answers.
          self->closes_ = true;
          if (self->read_.size() > 0) self->take_line();
          self->close_when_answered();
        } else if (error) {
          self->close();
        } else {
          self->take_line();
          self->read_line();
        }
      });
}

// A client that waits for answers is not read from, and may go all the same.
void session::notice_reset() {
  socket_.async_wait(boost::asio::ip::tcp::socket::wait_error,
                     [self = shared_from_this()](const error_code&) { self->close(); });
}

void session::take_line() {
  std::istream in(&read_);
  std::string line;
  std::getline(in, line);
  if (line.ends_with('\r')) line.pop_back();
  const auto number = ++lines_;
  const auto tag = "#" + std::to_string(number) + " ";
  const std::string_view text = line;
  constexpr std::string_view primes = "primes ";
  if (text == "ping") {
    answer(tag + "pong");
  } else if (text == "busy") {
    answer(tag + std::to_string(executor_.open_tasks()));
  } else if (text == "cancel") {
    answer(tag + std::to_string(under_way_.size()) + " cancelled");
    const auto futures = under_way_;
    for (const auto& each : futures) each.second.cancel();
  } else if (text.starts_with(primes)) {
    long below = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + primes.size(), end, below);
    if (read.ec != std::errc() || read.ptr != end || below < 0 || below > below_max) {
      answer(tag + "error: expected a number up to " + std::to_string(below_max));
    } else {
      count_primes(number, below);
    }
  } else {
    answer(tag + "error: expected ping, busy, cancel or primes NUMBER");
  }
}

void session::count_primes(std::uint64_t number, long below) {
  auto future = offstage::submit_call(executor_, asio_server::count_primes, below);
  under_way_.emplace(number, future);
  // A client that has said everything still waits for this.
  future.on_done([self = shared_from_this(), number](const auto& done) {
    if (self->under_way_.erase(number) == 0) return;
    const auto tag = "#" + std::to_string(number) + " ";
    switch (done.state()) {
      case offstage::future_state::completed:
        self->answer(tag + std::to_string(done.result()));
        break;
      case offstage::future_state::failed:
        self->answer(tag + "error: " + done.failure().summary());
        break;
      default:
        self->answer(tag + "cancelled");
    }
  });
}

void session::answer(const std::string& text) {
  if (closed_) return;
  answers_.push_back(text);
  // A summary may have several lines; an answer has one.
  std::replace(answers_.back().begin(), answers_.back().end(), '\n', ' ');
  answers_.back() += '\n';
  if (answers_.size() == 1) write_next();
}

void session::write_next() {
  boost::asio::async_write(socket_, boost::asio::buffer(answers_.front()),
                           [self = shared_from_this()](const error_code& error, std::size_t) {
                             if (self->closed_) return;
                             self->answers_.pop_front();
                             if (error) {
                               self->close();
                             } else if (!self->answers_.empty()) {
                               self->write_next();
                             } else {
                               self->close_when_answered();
                             }
                             self->read_line();
                           });
}

void session::close_when_answered() {
  if (!closes_ || closed_ || !under_way_.empty() || !answers_.empty()) return;
  // To close while the client still speaks would reset the connection, and the last answer with it.
  error_code ignored;
  socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  patience_.expires_after(std::chrono::seconds(2));
  patience_.async_wait([self = shared_from_this()](const error_code& stopped) {
    if (!stopped) self->close();
  });
  drain();
}

void session::drain() {
  read_.consume(read_.size());
  socket_.async_read_some(read_.prepare(read_.max_size()),
                          [self = shared_from_this()](const error_code& error, std::size_t) {
                            error ? self->close() : self->drain();
                          });
}

}  // namespace asio_server
