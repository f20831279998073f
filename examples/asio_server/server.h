// server: who may connect.
//
// Question: which clients are there?
// Zone:     home.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <set>

#include "actors/offstage.h"
#include "examples/asio_server/session.h"

namespace asio_server {

/// Listens on the loopback interface.
class server {
 public:
  /// @param port 0 for any that is free.
  /// @errors boost::system::system_error if the port cannot be had.
  server(boost::asio::io_context& context, offstage::executor& executor, unsigned short port,
         const limits& allowed);

  unsigned short port() const { return acceptor_.local_endpoint().port(); }

  /// Takes no more clients, and closes the connections of those that are there.
  void stop();

 private:
  void accept();

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  offstage::executor& executor_;
  limits allowed_;
  std::set<session*> sessions_;
  std::size_t refused_ = 0;  // Sessions that are there only to be told so.
};

}  // namespace asio_server
