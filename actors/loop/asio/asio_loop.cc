#include "actors/loop/asio/asio_loop.h"

#include <unistd.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "actors/errors/errors.h"
#include "actors/loop/doorbell.h"
#include "actors/sync/mutex.h"
#include "actors/sync/process_mark.h"

namespace offstage {

namespace asio = boost::asio;

// A strand that any thread may ask about. It goes with its context, which it needs to be destroyed,
// whatever still asks.
class asio_loop::sequence {
 public:
  explicit sequence(strand of) : strand_(std::in_place, std::move(of)) {}

  bool inside() noexcept {
    const bool here = (asked_.fetch_add(1, std::memory_order_acquire) & gone) == 0 &&
                      strand_->running_in_this_thread();
    asked_.fetch_sub(1, std::memory_order_release);
    return here;
  }

  // For those who run the context.
  const strand& get() const noexcept { return *strand_; }

  // Nobody is inside from now on.
  void end() noexcept {
    asked_.fetch_or(gone, std::memory_order_acq_rel);
    // Asking takes a few instructions and never blocks.
    while ((asked_.load(std::memory_order_acquire) & ~gone) != 0) std::this_thread::yield();
    strand_.reset();
  }

 private:
  static constexpr unsigned gone = 1U << 31;

  std::optional<strand> strand_;
  std::atomic<unsigned> asked_{0};  // By how many at the moment, and the bit `gone`.
};

// What asio's handlers hold, so that the loop may go before them. Used at home, but for what says
// otherwise.
class asio_loop::wiring : public std::enable_shared_from_this<wiring> {
 public:
  wiring(asio_loop& owner, asio::io_context& context, std::shared_ptr<sequence> home)
      : owner_(&owner),
        context_(&context),
        home_(std::move(home)),
        descriptor_(std::in_place, context, owner.event_.descriptor()) {}

  void begin() {
    asio::use_service<contexts_end>(*context_).add(shared_from_this(), home_);
    without_stopping(*context_, [this] { arm(); });
  }

  // From here on asio knows nothing of the loop.
  void end() {
    owner_ = nullptr;
    if (context_ == nullptr) return;
    if (process_.is_this()) {
      balance();
      descriptor_->release();
      // Asio's part of it ends with the context.
      descriptor_.reset();
    } else {
      // A copy made by fork() has the same epoll instance: what it takes out there, the other
      // process does not hear of any more.
      kept_ = shared_from_this();
    }
    without_stopping(*context_, [this] {
      guard_.reset();
      discount(*context_, counted_.exchange(0));
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
    context_->get_executor().on_work_started();
    // After it, so that no turn gives back what is not counted yet.
    counted_.fetch_add(1);
  }

  bool counted() const noexcept { return counted_.load() != 0; }

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
  bool in_strand() const noexcept { return home_ != nullptr; }

 private:
  // Tells the wirings and strands of a context that it ends. Made after the descriptor's own
  // service, so that it hears of that before.
  class contexts_end : public asio::execution_context::service {
   public:
    static inline asio::execution_context::id id;

    explicit contexts_end(asio::execution_context& of) : service(of) {}

    void add(const std::shared_ptr<wiring>& one, const std::shared_ptr<sequence>& home)
        OFFSTAGE_EXCLUDES(mutex_) {
      sync::lock held(mutex_);
      std::erase_if(wirings_, [](const auto& each) { return each.expired(); });
      std::erase_if(homes_, [](const auto& each) { return each.expired(); });
      wirings_.push_back(one);
      if (home) homes_.push_back(home);
    }

   private:
    void shutdown() override OFFSTAGE_EXCLUDES(mutex_) {
      std::vector<std::weak_ptr<wiring>> wirings;
      std::vector<std::weak_ptr<sequence>> homes;
      {
        sync::lock held(mutex_);
        wirings.swap(wirings_);
        homes.swap(homes_);
      }
      for (const auto& each : wirings) {
        if (auto one = each.lock()) one->context_ends();
      }
      // Executors and futures that outlive their loop still ask where home is.
      for (const auto& each : homes) {
        if (auto one = each.lock()) one->end();
      }
    }

    sync::mutex mutex_;
    std::vector<std::weak_ptr<wiring>> wirings_ OFFSTAGE_GUARDED_BY(mutex_);
    std::vector<std::weak_ptr<sequence>> homes_ OFFSTAGE_GUARDED_BY(mutex_);
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
      asio::post(home_->get(), [self = shared_from_this()] { self->turn(); });
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
    const auto counted = counted_.exchange(0);
    auto* const context = context_;
    owner_->turn();
    discount(*context, counted);
  }

  static void discount(asio::io_context& context, unsigned times) {
    for (; times != 0; --times) context.get_executor().on_work_finished();
  }

  asio_loop* owner_;
  asio::io_context* context_;
  const std::shared_ptr<sequence> home_;  // Null: home is a thread.
  std::optional<asio::posix::stream_descriptor> descriptor_;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard_;
  std::atomic<bool> balanced_{true};
  std::atomic<unsigned> counted_{0};  // Wake-ups since the last turn began.
  const sync::process_mark process_;
  std::shared_ptr<wiring> kept_;  // Itself, for ever, in a copy of the process.
};

asio_loop::asio_loop(boost::asio::io_context& context)
    : runnable_loop(affinity::binding::this_thread),
      wiring_(std::make_shared<wiring>(*this, context, nullptr)) {
  wiring_->begin();
}

asio_loop::asio_loop(strand home)
    : asio_loop(home.get_inner_executor().context(), std::make_shared<sequence>(home)) {}

asio_loop::asio_loop(boost::asio::io_context& context, const std::shared_ptr<sequence>& home)
    : runnable_loop([home] { return home->inside(); }),
      wiring_(std::make_shared<wiring>(*this, context, home)) {
  wiring_->begin();
}

asio_loop::~asio_loop() {
  close();
  wiring_->end();
}

affinity::scope asio_loop::enter() const noexcept { return affinity::scope(bell()->home()); }

void asio_loop::wake() noexcept {
  // The context may be going in another thread, which closes the bell before it goes.
  bell()->while_open([this] {
    wiring_->count();
    event_.signal();
  });
}

void asio_loop::keep_running(bool on) noexcept { wiring_->keep_running(on); }

void asio_loop::run_for(wait& what) {
  if (wiring_->in_strand()) {
    run_for_messages(what, event_);
    // The context has not seen what was cleared here, and its turn is still due.
    if (!what.loop_gone() && wiring_->counted()) event_.signal();
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
  const auto leave = [&] { wiring::without_stopping(*context, [&] { work.reset(); }); };
  try {
    do {
      if (what.end()) {
        context->run_one_until(*what.end());
      } else {
        context->run_one();
      }
    } while (!what.over() && !context->stopped());
  } catch (...) {
    // One of the application's handlers.
    leave();
    throw;
  }
  leave();
}

}  // namespace offstage
