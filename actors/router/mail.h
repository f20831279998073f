// mail: one message on its way home.
//
// Question: what travels beside the words?
// Zone:     pure. Hears senders, says it to receivers.
#pragma once

#include <cstddef>
#include <string_view>

#include "actors/ref/ref.h"
#include "messages/flat_message.h"

namespace offstage {

class byte_writer;

/// What a message of this process carries along: an object that is serialised only where a message
/// goes on to another process.
class attachment : public counted {
 public:
  /// Writes its value, if it has one.
  /// @thread The worker, in a child process.
  /// @errors What the value's codec throws; not_transferable.
  virtual void encode(byte_writer&) {}

  /// The name of its value's type; empty if it has no value.
  virtual std::string_view value_type() const noexcept { return {}; }

  /// The part of its task's credit that it is.
  virtual std::size_t credit_bytes() const noexcept { return 0; }

  /// True if nothing of the user's runs when a receiver lets go of it.
  virtual bool plain() const noexcept { return false; }

  /// True if it fetches its value when it arrives, so that until then a newer value may still take
  /// the place of this one.
  virtual bool fetched_on_arrival() const noexcept { return false; }

  /// The message it travels with is about to be delivered; called before anybody looks.
  /// @thread Home.
  virtual void arrive() noexcept {}
};

/// One message: its words, and what travels beside them.
struct mail {
  flat_message words;
  ref<attachment> beside;
};

}  // namespace offstage
