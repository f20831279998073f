#include "actors/context/event.h"

#include "actors/context/process_event.h"
#include "actors/errors/errors.h"

namespace offstage {

void event_state::encode(byte_writer&) const {
  throw not_transferable(
      "a task for another process: expected an event of a context of processes, found one of "
      "threads");
}

void process_event::encode(byte_writer& writer) const {
  if (!own_) {
    throw not_transferable(
        "a task for another process: expected an event that this process made, found one of its "
        "parent's");
  }
  writer.write(index_);
}

void codec<event>::encode(byte_writer& writer, const event& value) { value.state_->encode(writer); }

event codec<event>::decode(byte_reader& reader) {
  const auto index = reader.read<std::uint32_t>();
  auto* const flags = shared_flags::parents();
  if (flags == nullptr || index >= shared_flags::flag_count) {
    throw codec_error("an event that there is not in this process");
  }
  return event(std::make_shared<process_event>(*flags, index));
}

}  // namespace offstage
