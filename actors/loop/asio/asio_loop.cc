#include "actors/loop/asio/asio_loop.h"

#include <unistd.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/errors/errors.h"
#include "actors/loop/doorbell.h"

namespace offstage {

namespace asio = boost::asio;

// What asio's handlers hold, so that the loop may go before them. Used at home, but for what says
// otherwise.
class asio_loop::wiring : public std::enable_shared_from_this<wiring> {
 public:
  wiring(asio_loop& owner, asio::io_context& context, std::unique_ptr<strand> home)
      : owner_(&owner),
        context_(&context),
        home_(std::move(home)),
        descriptor_(std::in_place, context, owner.event_.descriptor()) {}

  void begin() {
    asio::use_service<contexts_end>(*context_).add(shared_from_this());
    without_stopping(*context_, [this] { arm(); });
  }

  // From here on asio knows nothing of the loop.
  void end() {
    owner_ = nullptr;
    if (context_ == nullptr) return;
    balance();
    descriptor_->release();
    // Asio's part of it ends with the context.
    descriptor_.reset();
    without_stopping(*context_, [this] {
      guard_.reset();
      if (counted_.exchange(false)) context_->get_executor().on_work_finished();
    });
    context_ = nullptr;
  }

  // The context is being destroyed.
  void context_ends() {
    if (owner_ != nullptr) owner_->close();
    end();
  }

  // The turn that is due counts as work, so that `run` does not return before it. From any thread.
  void count() noexcept {
    if (!counted_.exchange(true)) context_->get_executor().on_work_started();
  }

  bool counted() const noexcept { return counted_.load(); }

  void keep_running(bool on) {
    if (context_ == nullptr) return;
    if (on) {
      guard_.emplace(context_->get_executor());
    } else {
      without_stopping(*context_, [this] { guard_.reset(); });
    }
  }

  // A context that runs out of work stops, also where nobody runs it yet; the next `run` shall see
  // for itself.
  template <class Change>
  static void without_stopping(asio::io_context& context, Change change) {
    const bool before = context.stopped();
    change();
    if (!before && context.stopped() && !context.get_executor().running_in_this_thread()) {
      context.restart();
    }
  }

  asio::io_context* context() const noexcept { return context_; }
  const std::unique_ptr<strand>& home() const noexcept { return home_; }

 private:
  // Tells the wirings of a context that it ends. Made after the descriptor's own service, so that
  // it hears of that before.
  class contexts_end : public asio::execution_context::service {
   public:
    static inline asio::execution_context::id id;

    explicit contexts_end(asio::execution_context& of) : service(of) {}

    void add(const std::shared_ptr<wiring>& one) {
      std::lock_guard lock(mutex_);
      std::erase_if(wirings_, [](const auto& each) { return each.expired(); });
      wirings_.push_back(one);
    }

   private:
    void shutdown() override {
      for (const auto& each : wirings_) {
        if (auto one = each.lock()) one->context_ends();
      }
    }

    std::mutex mutex_;
    std::vector<std::weak_ptr<wiring>> wirings_;
  };

  // A wait that is pending is no reason to go on running.
  void arm() {
    balanced_.store(false);
    descriptor_->async_wait(asio::posix::descriptor_base::wait_read,
                            [self = shared_from_this()](const boost::system::error_code& error) {
                              self->balance();
                              if (!error) self->rung();
                            });
    context_->get_executor().on_work_finished();
  }

  // Gives back what `arm` took, before asio takes it for the end of the wait. From any thread that
  // runs the context.
  void balance() {
    if (!balanced_.exchange(true)) context_->get_executor().on_work_started();
  }

  void rung() {
    if (home_) {
      asio::post(*home_, [self = shared_from_this()] { self->turn(); });
    } else if (owner_ == nullptr) {
      return;
    } else if (owner_->at_home()) {
      turn();
    } else {
      arm();
      throw wrong_sequence(
          "asio_loop: expected an io_context that only the thread runs which constructed the loop; "
          "found that thread " +
          std::to_string(gettid()) +
          " runs it: construct the loop there, or with a strand of the context");
    }
  }

  void turn() {
    if (owner_ == nullptr) return;
    owner_->event_.clear();
    // Before anything is delivered: nested loops have to be woken, too.
    arm();
    const bool counted = counted_.exchange(false);
    auto* const context = context_;
    owner_->turn();
    if (counted) context->get_executor().on_work_finished();
  }

  asio_loop* owner_;
  asio::io_context* context_;
  const std::unique_ptr<strand> home_;
  std::optional<asio::posix::stream_descriptor> descriptor_;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard_;
  std::atomic<bool> balanced_{true};
  std::atomic<bool> counted_{false};
};

asio_loop::asio_loop(boost::asio::io_context& context)
    : runnable_loop(affinity::binding::this_thread),
      wiring_(std::make_shared<wiring>(*this, context, nullptr)) {
  wiring_->begin();
}

asio_loop::asio_loop(strand home)
    : runnable_loop([home] { return home.running_in_this_thread(); }),
      wiring_(std::make_shared<wiring>(*this, home.get_inner_executor().context(),
                                       std::make_unique<strand>(home))) {
  wiring_->begin();
}

asio_loop::~asio_loop() {
  close();
  wiring_->end();
}

affinity::scope asio_loop::enter() const noexcept { return affinity::scope(bell()->home()); }

void asio_loop::wake() noexcept {
  if (bell()->closed()) return;
  wiring_->count();
  event_.signal();
}

void asio_loop::keep_running(bool on) noexcept { wiring_->keep_running(on); }

void asio_loop::run_for(wait& what) {
  if (wiring_->home()) {
    do {
      event_.wait(what.end());
      turn();
    } while (!what.met() && !passed(what.end()));
    // The context has not seen what was cleared here, and its turn is still due.
    if (wiring_->counted()) event_.signal();
    return;
  }
  auto* const context = wiring_->context();
  if (context == nullptr) return;
  if (context->stopped()) {
    // Stopped by one of its handlers, which waits here now, or long ago.
    if (context->get_executor().running_in_this_thread()) return;
    context->restart();
  }
  std::optional work(asio::make_work_guard(*context));
  do {
    if (what.end()) {
      context->run_one_until(*what.end());
    } else {
      context->run_one();
    }
  } while (!what.met() && !passed(what.end()) && !context->stopped());
  wiring::without_stopping(*context, [&] { work.reset(); });
}

}  // namespace offstage
