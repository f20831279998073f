#include "actors/node/lane_port.h"

#include <unistd.h>

#include <string>
#include <utility>

#include "actors/future/step_of.h"
#include "actors/node/large_value.h"
#include "actors/task/describe_exception.h"
#include "messages/codec/all_codecs.h"

namespace offstage {
namespace {

void encode(byte_writer& writer, const state_message& read, attachment& beside) {
  if (read.kind == state_message_kind::custom) {
    // Its reader takes what follows for a value that stands alone.
    writer.write(std::string(beside.value_type()), std::uint64_t{beside.credit_bytes()});
    writer.write_padding(16);
  }
  beside.encode(writer);
}

}  // namespace

failure encoding_failure(const std::exception_ptr& thrown) {
  return describe_codec_failure(thrown, "while a value was read or written in the worker process");
}

void end_task(cell& at) {
  if (at.move(cell_state::running, cell_state::ended)) return;
  for (;;) pause();
}

void lane_port::unrouted(mail message) noexcept {
  const auto read = read_state_message(message.words);
  if (!fault_) {
    try {
      put(read, message);
    } catch (...) {
      // The task fails in the place of the value that cannot be sent; a body that goes on finds
      // that it was cancelled.
      fault_ = encoding_failure(std::current_exception());
      cell_.cancel = true;
    }
  }
  if (read.kind == state_message_kind::started) {
    lane_.before_body(after_another_);
  } else if (!is_final(read.kind)) {
    lane_.send_soon();
  } else if (fault_) {
    // What follows the last message may be the first one of another task: it is sent with that.
    end_task(cell_);
    lane_.put(frame_kind::state, index_, make_raised(here(), *fault_));
  }
}

void lane_port::put(const state_message& read, const mail& message) {
  const bool ends = is_final(read.kind);
  const auto value = [&](auto&& make) {
    large_value encoded(segments_.store(), [this] { segments_.wait_until_heard(lane_); });
    encode(encoded.writer(), read, *message.beside);
    const auto words = make(encoded.place());
    if (encoded.segment()) segments_.lend(*encoded.segment(), lane_);
    put_words(words, ends);
  };
  switch (read.kind) {
    case state_message_kind::generated:
      return value([&](payload where) { return make_generated(here(), where); });
    case state_message_kind::progressed:
      return value([&](payload where) { return make_progressed(here(), where); });
    case state_message_kind::custom:
      return value([&](payload where) { return make_custom(here(), read.name, where); });
    case state_message_kind::stepped:
      if (message.beside) message.beside->arrive();
      return put_words(make_stepped(here(), step_of(message.words, message.beside.get())));
    case state_message_kind::returned:
      if (read.value.kind != payload_kind::slot) break;
      return value([&](payload where) { return make_returned(here(), where); });
    default:
      break;
  }
  put_words(message.words, ends);
}

void lane_port::put_words(const flat_message& words, bool ends) {
  if (ends) end_task(cell_);
  lane_.put(frame_kind::state, index_, words);
  ++sequence_;
}

}  // namespace offstage
