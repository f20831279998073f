// process_event: an event between processes.
//
// Question: how does an event reach a task in a worker process?
// Zone:     border.
#pragma once

#include "actors/context/event.h"
#include "actors/node/shared_flags.h"

namespace offstage {

/// A flag in the memory that processes share.
/// @thread Any.
class process_event final : public event_state {
 public:
  /// Takes a flag, and gives it back at the end.
  /// @errors std::system_error if there is none.
  explicit process_event(shared_flags& flags) : flags_(flags), index_(flags.take()), own_(true) {}

  /// The flag of another process, which keeps it.
  process_event(shared_flags& flags, std::uint32_t index) noexcept
      : flags_(flags), index_(index), own_(false) {}
  ~process_event() override {
    if (own_) flags_.give_back(index_);
  }

  void set() override { flags_.set(index_); }
  void clear() override { flags_.clear(index_); }
  bool is_set() const override { return flags_.is_set(index_); }
  bool wait(time_limit limit) const override { return flags_.wait(index_, limit.time()); }
  void encode(byte_writer& writer) const override;

 private:
  shared_flags& flags_;
  const std::uint32_t index_;
  const bool own_;
};

}  // namespace offstage
