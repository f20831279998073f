// A server for many clients in one thread: it answers at once while requests compute in workers.

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <charconv>
#include <csignal>
#include <exception>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "actors/loop/asio/asio_loop.h"
#include "actors/offstage.h"
#include "examples/asio_server/server.h"

namespace {

constexpr std::string_view help_text = R"(Counts primes for clients on the loopback interface.

usage: asio_server [--port N] [--context threads|processes] [--workers N]
                   [--connections N] [--line BYTES]

Clients send lines: ping, busy (how many requests the server is at), primes NUMBER, cancel (what this
client has asked for). Each answer begins with the number of its line and comes when it is ready:

  $ printf 'primes 1000000\nping\n' | nc 127.0.0.1 PORT
  #2 pong
  #1 78498

Ctrl-C ends it.
)";

struct options {
  bool help = false;
  bool processes = false;
  int workers = 0;  // 0: one for each CPU.
  unsigned short port = 0;
  asio_server::limits allowed;
};

template <class Number>
Number number(std::string_view option, std::string_view text, Number least, Number most) {
  Number value{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || value < least ||
      value > most) {
    throw std::runtime_error(std::string(option) + ": expected a number from " +
                             std::to_string(least) + " to " + std::to_string(most) + ", found '" +
                             std::string(text) + "'");
  }
  return value;
}

options parse(int argc, char** argv) {
  options out;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--help" || option == "-h") {
      out.help = true;
      return out;
    }
    const auto value = [&]() -> std::string_view {
      if (++i == argc) throw std::runtime_error(std::string(option) + ": expected a value");
      return argv[i];
    };
    if (option == "--port") {
      out.port = number<unsigned short>(option, value(), 0, 65535);
    } else if (option == "--workers") {
      out.workers = number(option, value(), 1, 256);
    } else if (option == "--connections") {
      out.allowed.connections = number<std::size_t>(option, value(), 1, 10000);
    } else if (option == "--line") {
      out.allowed.line_bytes = number<std::size_t>(option, value(), 16, 1 << 20);
    } else if (option == "--context") {
      const auto where = value();
      if (where != "threads" && where != "processes") {
        throw std::runtime_error("--context: expected threads or processes, found '" +
                                 std::string(where) + "'");
      }
      out.processes = where == "processes";
    } else {
      throw std::runtime_error("unknown option " + std::string(option) + " (see --help)");
    }
  }
  return out;
}

void serve(const options& wanted) {
  boost::asio::io_context io(1);
  offstage::asio_loop loop{io};
  std::unique_ptr<offstage::parallel_context> context;
  if (wanted.processes) {
    context = std::make_unique<offstage::multiprocessing_context>();
  } else {
    context = std::make_unique<offstage::multithreading_context>();
  }
  offstage::executor_options parts{.context = context.get()};
  if (wanted.workers > 0) parts.worker_count = wanted.workers;
  offstage::executor executor{loop, parts};

  asio_server::server server(io, executor, wanted.port, wanted.allowed);
  std::cout << "listening on 127.0.0.1:" << server.port() << std::endl;

  // Without clients, tasks and a wish for signals nothing is left to do, and `run` returns.
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](const auto&, int) {
    server.stop();
    signals.clear();  // The next one ends it by force.
  });
  io.run();
}

}  // namespace

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  int code = 2;
  try {
    const auto wanted = parse(argc, argv);
    code = 1;
    if (wanted.help) {
      std::cout << help_text;
    } else {
      serve(wanted);
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "asio_server: " << error.what() << '\n';
    return code;
  }
}
