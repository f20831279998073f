// session: one client of the server.
//
// Question: what does a client ask for, and what is it told?
// Zone:     home. Hears lines from its socket and the ends of its tasks, says lines.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "actors/offstage.h"

namespace asio_server {

/// What a client may use.
struct limits {
  std::size_t line_bytes = 1024;      ///< The longest line, its end included.
  std::size_t requests_at_once = 16;  ///< Before the server reads on; what waits is not lost.
  std::size_t connections = 100;
};

/// Reads lines, answers each, and cancels what it has asked for when the client goes.
///
/// Owned by its pending reads and writes and by what is under way for it. Answers come when they
/// are ready, so they may overtake each other; each begins with the number of its line. A client
/// that shuts down its side of the connection has said everything and still gets its answers; one
/// whose connection is reset has gone.
class session : public std::enable_shared_from_this<session> {
 public:
  /// @param ended Called once, when the connection is closed.
  session(boost::asio::ip::tcp::socket socket, offstage::executor& executor, const limits& allowed,
          std::function<void(session*)> ended);

  void start();

  /// Cancels what is under way, tells the client why, and closes.
  void refuse(const std::string& why);

  /// Closes at once, and cancels what is under way.
  void close();

 private:
  void read_line();
  void take_line();
  void count_primes(std::uint64_t number, long below);
  void answer(const std::string& text);
  void write_next();
  void close_when_answered();
  void drain();
  void notice_reset();
  bool may_read() const;

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer patience_;
  offstage::executor& executor_;
  const limits& allowed_;
  std::function<void(session*)> ended_;
  boost::asio::streambuf read_;
  std::deque<std::string> answers_;  // The first one is being written.
  std::map<std::uint64_t, offstage::call_future<long>> under_way_;
  std::uint64_t lines_ = 0;
  bool reading_ = false;
  bool closes_ = false;  // When everything is written.
  bool closed_ = false;
};

}  // namespace asio_server
