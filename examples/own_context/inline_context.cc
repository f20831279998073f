#include "examples/own_context/inline_context.h"

#include <atomic>
#include <string>
#include <utility>

namespace {

class inline_pool final : public offstage::worker_pool {
 public:
  using worker_pool::worker_pool;

  void submit(offstage::ref<offstage::task_record> task) override {
    if (closed_) throw offstage::pool_closed("own_context: expected an open pool");
    offstage::task_record::run(std::move(task));
  }

  // Whatever was submitted has ended.
  void cancel(const offstage::ref<offstage::task_record>&) noexcept override {}

  std::size_t worker_count() const noexcept override { return 1; }
  void close() override { closed_ = true; }
  bool closed() const noexcept override { return closed_; }

 private:
  std::atomic<bool> closed_{false};
};

}  // namespace

std::shared_ptr<offstage::worker_pool> inline_context::do_make_pool(
    offstage::pool_options options) {
  if (options.worker_count.value_or(1) != 1) {
    throw offstage::invalid_options("own_context: expected a worker count of 1, found " +
                                    std::to_string(*options.worker_count));
  }
  if (options.initializer) {
    throw offstage::invalid_options("own_context: expected no initializer, found one");
  }
  return std::make_shared<inline_pool>(anchor());
}
