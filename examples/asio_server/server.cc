#include "examples/asio_server/server.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace asio_server {

using boost::asio::ip::tcp;

server::server(boost::asio::io_context& context, offstage::executor& executor, unsigned short port,
               const limits& allowed)
    : acceptor_(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), port)),
      pause_(context),
      executor_(executor),
      allowed_(allowed) {
  accept();
}

void server::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  for (auto* const each : std::set(sessions_)) each->close();
}

void server::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket socket) {
    if (!acceptor_.is_open()) return;
    if (error) {
      // No descriptors left, say: the clients wait in the system's line until there are some.
      pause_.expires_after(std::chrono::milliseconds(100));
      pause_.async_wait([this](const boost::system::error_code& stopped) {
        if (!stopped) accept();
      });
      return;
    }
    const bool full = sessions_.size() - refused_ >= allowed_.connections;
    // Those who do not listen are not told why: no more than that many are at once.
    if (!full || refused_ < allowed_.connections) {
      if (full) ++refused_;
      const auto client = std::make_shared<session>(std::move(socket), executor_, allowed_,
                                                    [this, full](session* one) {
                                                      sessions_.erase(one);
                                                      if (full) --refused_;
                                                    });
      sessions_.insert(client.get());
      if (full) {
        client->refuse("more than " + std::to_string(allowed_.connections) + " connections");
      } else {
        client->start();
      }
    }
    accept();
  });
}

}  // namespace asio_server
