// The flood at an io_context.

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "actors/loop/asio/asio_loop.h"
#include "tools/benchmarks/loop_flood.h"

namespace {

class toolkit {
 public:
  auto make_loop() { return std::make_unique<offstage::asio_loop>(context_); }
  void run(std::chrono::milliseconds time) {
    const auto work = boost::asio::make_work_guard(context_);
    context_.restart();
    context_.run_for(time);
  }
  template <class Call>
  void after_1_ms(Call call) {
    timer_.expires_after(std::chrono::milliseconds(1));
    timer_.async_wait([call](const auto& error) {
      if (!error) call();
    });
  }
  template <class Call>
  void post(Call call) {
    boost::asio::post(context_, call);
  }
  static int painted() { return 0; }

 private:
  boost::asio::io_context context_;
  boost::asio::steady_timer timer_{context_};
};

}  // namespace

int main(int argc, char** argv) {
  toolkit asio;
  return offstage::bench::loop_flood(asio).run(argc, argv);
}
