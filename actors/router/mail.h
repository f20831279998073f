// mail: one message on its way home.
//
// Question: what travels beside the words?
// Zone:     pure. Hears senders, says it to receivers.
#pragma once

#include "actors/ref/ref.h"
#include "messages/flat_message.h"

namespace offstage {

/// What a message of this process carries along: objects that are never serialised.
class attachment : public counted {
 public:
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
