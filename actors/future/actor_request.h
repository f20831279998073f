// actor_request: a message of another actor, on its way to a home.
//
// Question: who makes sure that whoever asks is answered?
// Zone:     border. Made in the sender's thread, answered at home or wherever it is dropped.
#pragma once

#include <caf/actor_control_block.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>
#include <caf/type_erased_tuple.hpp>

#include <utility>

#include "actors/router/mail.h"

namespace offstage {

class doorbell;

/// Whoever asked, for one answer. Unless it was given one before, it gets
/// `sec::request_receiver_down` when this is destroyed: so a request is answered whatever becomes
/// of the one who was asked.
/// @thread One at a time.
class asker {
 public:
  /// Nobody.
  asker() = default;
  explicit asker(const caf::mailbox_element& request);
  asker(asker&&) noexcept = default;
  asker& operator=(asker&&) = delete;
  ~asker();

  /// Answers; only the first answer counts.
  /// @param home The doorbell of the home that answers, as `calling_out` takes it.
  void answer(caf::message what, doorbell* home);

  /// Who it is; null if nobody waits for an answer, or it was given.
  const caf::strong_actor_ptr& who() const noexcept { return sender_; }

 private:
  caf::strong_actor_ptr sender_;
  caf::message_id id_;
};

/// What another actor said, on its way home through an inbox or as a function of a loop.
/// @thread One at a time.
class actor_request final : public attachment {
 public:
  explicit actor_request(caf::mailbox_element_ptr element);

  bool plain() const noexcept override { return true; }

  /// What was said.
  const caf::type_erased_tuple& content() const noexcept { return element_->content(); }

  /// True if whoever said it waits for an answer.
  bool waits_for_answer() const noexcept { return from_.who() != nullptr; }

  /// Answers, once; without an answer whoever asked is told that nobody can give one.
  void answer(caf::message what, doorbell* home) { from_.answer(std::move(what), home); }

  /// Takes over who asked, for an answer later.
  asker take_asker() noexcept { return std::move(from_); }

 private:
  const caf::mailbox_element_ptr element_;
  asker from_;
};

}  // namespace offstage
