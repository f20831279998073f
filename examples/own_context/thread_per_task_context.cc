#include "examples/own_context/thread_per_task_context.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace {

using task = offstage::ref<offstage::task_record>;

// What the pool shares with its threads, which may outlive it.
class task_line : public std::enable_shared_from_this<task_line> {
 public:
  explicit task_line(std::size_t threads_max) : threads_max_(threads_max) {}

  std::size_t threads_max() const { return threads_max_; }

  void add(task added) {
    std::unique_lock lock(mutex_);
    if (closed_) throw offstage::pool_closed("own_context: expected an open pool");
    if (threads_ == threads_max_) {
      waiting_.push_back(std::move(added));
      return;
    }
    ++threads_;
    lock.unlock();
    try {
      start(added);
    } catch (...) {
      ended();
      throw;
    }
  }

  // True if the task had waited.
  bool remove(const task& removed) {
    std::lock_guard lock(mutex_);
    return std::erase(waiting_, removed) != 0;
  }

  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }

  bool closed() {
    std::lock_guard lock(mutex_);
    return closed_;
  }

 private:
  // Leaves the task with the caller if there is no thread for it. Nobody joins the thread: a task
  // may never end, and must not keep the program from ending.
  void start(task& started) {
    auto handed = std::make_shared<task>(std::move(started));
    try {
      std::thread([self = shared_from_this(), handed] {
        offstage::task_record::run(std::move(*handed));
        self->ended();
      }).detach();
    } catch (...) {
      started = std::move(*handed);
      throw;
    }
  }

  // A thread less; the next task that can be had a thread for takes its place.
  void ended() {
    for (;;) {
      task next;
      {
        std::lock_guard lock(mutex_);
        if (waiting_.empty()) {
          --threads_;
          return;
        }
        next = std::move(waiting_.front());
        waiting_.pop_front();
      }
      try {
        start(next);
        return;
      } catch (const std::system_error& error) {
        offstage::failure why;
        why.kind = offstage::failure_kind::infrastructure;
        why.what = std::string("there was no thread to run it: ") + error.what();
        offstage::task_record::fail(std::move(next), why);
      }
    }
  }

  const std::size_t threads_max_;
  std::mutex mutex_;
  bool closed_ = false;
  std::size_t threads_ = 0;
  std::deque<task> waiting_;
};

class thread_per_task_pool final : public offstage::worker_pool {
 public:
  thread_per_task_pool(std::shared_ptr<const offstage::context_anchor> made_by,
                       std::size_t threads_max)
      : worker_pool(std::move(made_by)), line_(std::make_shared<task_line>(threads_max)) {}
  ~thread_per_task_pool() override { line_->close(); }

  void submit(task submitted) override { line_->add(std::move(submitted)); }

  void cancel(const task& cancelled) noexcept override {
    if (line_->remove(cancelled)) {
      offstage::task_record::abandon(cancelled);
    } else if (cancelled->takes_stop_token()) {
      // Stop callbacks are the task's code, and may take long: not at home.
      std::thread([cancelled] { cancelled->request_stop(); }).detach();
    }
  }

  std::size_t worker_count() const noexcept override { return line_->threads_max(); }
  void close() override { line_->close(); }
  bool closed() const noexcept override { return line_->closed(); }

 private:
  const std::shared_ptr<task_line> line_;
};

}  // namespace

std::shared_ptr<offstage::worker_pool> thread_per_task_context::do_make_pool(
    offstage::pool_options options) {
  const int cpus = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const int threads_max = options.worker_count.value_or(cpus);
  if (threads_max < 1) {
    throw offstage::invalid_options("own_context: expected a worker count of 1 or more, found " +
                                    std::to_string(threads_max));
  }
  if (options.initializer) {
    throw offstage::invalid_options("own_context: expected no initializer, found one");
  }
  return std::make_shared<thread_per_task_pool>(anchor(), threads_max);
}
