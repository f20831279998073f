#include "examples/uv_headless/word_run.h"

#include <unistd.h>

#include <csignal>
#include <utility>

namespace uv_headless {
namespace {

// Enough for all workers, and for a reader that is slow; more than that waits in the input.
constexpr std::size_t ahead_max = 1000;
constexpr std::size_t queued_bytes_max = 1 << 20;

word_run& run_of(const void* handle) {
  return *static_cast<word_run*>(static_cast<const uv_handle_t*>(handle)->data);
}

template <class Handle>
uv_handle_t* plain(Handle& handle) {
  return reinterpret_cast<uv_handle_t*>(&handle);
}

}  // namespace

word_run::word_run(uv_loop_t* loop, offstage::executor& executor,
                   std::chrono::milliseconds progress)
    : executor_(executor),
      in_(loop, STDIN_FILENO,
          {.line = [this](const std::string& path) { take(path); },
           .end =
               [this](int error) {
                 if (error != 0) complain(std::string("stdin: ") + uv_strerror(error));
               }}),
      out_(loop, STDOUT_FILENO,
           {.written = [this] { read_on(); },
            .broken =
                [this](int error) {
                  complain(std::string("stdout: ") + uv_strerror(error));
                  stop();
                }}),
      err_(loop, STDERR_FILENO, {}) {
  uv_timer_init(loop, &timer_);
  uv_signal_init(loop, &interrupt_);
  uv_signal_init(loop, &terminate_);
  timer_.data = interrupt_.data = terminate_.data = this;
  const auto interval = static_cast<std::uint64_t>(progress.count());
  uv_timer_start(
      &timer_, [](uv_timer_t* timer) { run_of(timer).tell_progress(); }, interval, interval);
  listen(interrupt_, SIGINT);
  listen(terminate_, SIGTERM);
  // They wait for what may never come, and are no reason for the loop to go on.
  uv_unref(plain(timer_));
  uv_unref(plain(interrupt_));
  uv_unref(plain(terminate_));
  in_.resume();
}

void word_run::listen(uv_signal_t& signal, int number) {
  const auto heard = [](uv_signal_t* from, int number) {
    auto& run = run_of(from);
    run.signal_ = number;
    run.stop();
    // The next one ends the program by force.
    uv_signal_stop(&run.interrupt_);
    uv_signal_stop(&run.terminate_);
  };
  uv_signal_start(&signal, heard, number);
}

void word_run::take(const std::string& path) {
  if (path.empty() || stopped_) return;
  ++files_;
  auto future = offstage::submit_call(executor_, count_words, path);
  under_way_.emplace(future.id(), future);
  future.on_done([this, path](const auto& done) { ended(path, done); });
  read_on();
}

void word_run::ended(const std::string& path, const offstage::call_future<word_count>& future) {
  under_way_.erase(future.id());
  ++files_done_;
  if (future.state() == offstage::future_state::completed) {
    const auto& found = future.result();
    bytes_ += found.bytes;
    out_.write(std::to_string(found.lines) + ' ' + std::to_string(found.words) + ' ' +
               std::to_string(found.bytes) + ' ' + path + '\n');
  } else if (future.state() == offstage::future_state::failed) {
    complain(path + ": " + future.failure().what);
  }
  read_on();
}

void word_run::read_on() {
  if (under_way_.size() < ahead_max && out_.queued_bytes() < queued_bytes_max) {
    in_.resume();
  } else {
    in_.pause();
  }
}

void word_run::stop() {
  stopped_ = true;
  in_.close();
  const auto futures = under_way_;
  for (const auto& each : futures) each.second.cancel();
}

void word_run::complain(const std::string& what) {
  failed_ = true;
  err_.write("uv_headless: " + what + '\n');
}

void word_run::tell_progress() {
  // Who does not read what was said is told no more.
  if (err_.queued_bytes() > 0) return;
  err_.write(std::to_string(files_done_) + " of " + std::to_string(files_) + " files, " +
             std::to_string(bytes_ >> 20) + " MiB\n");
}

void word_run::close() {
  in_.close();
  out_.close();
  err_.close();
  uv_close(plain(timer_), nullptr);
  uv_close(plain(interrupt_), nullptr);
  uv_close(plain(terminate_), nullptr);
}

int word_run::exit_code() const {
  if (signal_ != 0) return 128 + signal_;
  return failed_ ? 1 : 0;
}

}  // namespace uv_headless
