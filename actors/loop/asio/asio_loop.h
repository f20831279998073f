// asio_loop: an asio io_context as home.
//
// Question: how do messages get into an asio program?
// Zone:     border. Hears `wake` from any thread, takes turns as asio's handlers.
//
//   boost::asio::io_context context;
//   offstage::asio_loop loop{context};
//   offstage::executor executor{loop};
//   ...
//   context.run();
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>

#include <memory>

#include "actors/loop/runnable_loop.h"
#include "actors/loop/wake_event.h"

namespace offstage {

/// An io_context that one thread runs, or a strand of one that several run.
///
/// The context is used, never owned; loop and context may be destroyed in either order. While tasks
/// are under way the context has outstanding work, so that `run()` does not return before their
/// observers were called; a loop alone keeps nothing running.
class asio_loop final : public runnable_loop {
 public:
  /// A strand of an io_context.
  using strand = boost::asio::strand<boost::asio::io_context::executor_type>;

  /// Home is the constructing thread, and the only one that may run the context: in any other one,
  /// `run()` throws wrong_sequence when there is something to deliver.
  /// @errors std::system_error if the system has no descriptor left.
  explicit asio_loop(boost::asio::io_context& context);

  /// Home is what runs inside the strand, whichever thread runs it. Executors, futures and the loop
  /// itself are used and destroyed there, or within `enter()`.
  /// @errors std::system_error if the system has no descriptor left.
  explicit asio_loop(strand home);

  /// @thread Home.
  ~asio_loop() override;

  /// Makes the caller home while the result lives, for setting up and tearing down; only while no
  /// thread runs the context.
  [[nodiscard]] affinity::scope enter() const noexcept;

  /// @thread Any; async-signal-safe.
  void wake() noexcept override;

 protected:
  /// Runs the context's handlers; ends also when the context is stopped. In a strand it waits for
  /// messages alone: other handlers of the strand come later. Within a handler of a context whose
  /// concurrency hint says one thread, what that handler posted comes later, too.
  void run_for(wait& what) override;

  /// Gives the context outstanding work, or takes it back.
  void keep_running(bool on) noexcept override;

 private:
  class sequence;
  class wiring;

  asio_loop(boost::asio::io_context& context, const std::shared_ptr<sequence>& home);

  wake_event event_;
  std::shared_ptr<wiring> wiring_;
};

}  // namespace offstage
