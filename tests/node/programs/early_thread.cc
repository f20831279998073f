// A program that has a thread before its `main` begins: `early_thread [forkserver]`.

#include <unistd.h>

#include <cstdio>
#include <thread>

#include "actors/offstage.h"

namespace {

struct early {
  early() {
    std::thread([] {
      for (;;) pause();
    }).detach();
  }
} started;

}  // namespace

int square(int n) { return n * n; }

int main(int argc, char** argv) {
  offstage::worker_entry(argc, argv);
  offstage::set_log_sink([](const offstage::log_record& record) {
    if (record.room != offstage::log_room::node) return;
    std::printf("%.*s\n", static_cast<int>(record.text.size()), record.text.data());
  });
  offstage::manual_loop loop;
  offstage::multiprocessing_options options;
  if (argc > 1) options.method = offstage::start_method::forkserver;
  offstage::multiprocessing_context context(options);
  offstage::executor executor{loop, {.context = &context, .worker_count = 1}};
  const auto future = offstage::submit_call(executor, square, 3);
  loop.run_until(future);
  std::printf("%s\n", to_string(context.method()).data());
  std::printf("%s\n", future.state() == offstage::future_state::completed
                          ? std::to_string(future.result()).c_str()
                          : future.failure().what.c_str());
}
